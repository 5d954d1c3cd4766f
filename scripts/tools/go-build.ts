import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';

/** What one `go build` needs. */
export interface GoBuild {
  /** Folder of the wrapper module whose go.mod and go.sum pin the program. */
  readonly moduleDir: string;
  /** Import path of the package main. */
  readonly packagePath: string;
  readonly ldflags: string;
  /** Where the executable is written. */
  readonly output: string;
}

const LOW_PRIORITY = 10;
const HEARTBEAT_MS = 15_000;
const KEPT_LINES = 30;

/** Tells whether a Go toolchain can be started from PATH. */
export async function hasGo(): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('go', ['version'], { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}

/**
 * Builds one Go program, at low priority because it keeps every core busy for minutes.
 * Throws an Error with the last lines that Go wrote when it does not succeed.
 */
export async function goBuild(build: GoBuild, onProgress: (line: string) => void): Promise<void> {
  const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', build.ldflags, '-o', build.output];
  const child = spawn('go', [...args, build.packagePath], {
    cwd: build.moduleDir,
    // The developer's own Go settings must not change what is built: a workspace or -mod flag would break the pins.
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.pid !== undefined) setPriority(child.pid, LOW_PRIORITY);
  const startedAt = Date.now();
  const heartbeat = setInterval(
    () => onProgress(`still building ${build.packagePath} (${Math.round((Date.now() - startedAt) / 1000)} s)`),
    HEARTBEAT_MS,
  );
  const lines: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lines.push(...text.split('\n').filter((line) => line !== ''));
    lines.splice(0, lines.length - KEPT_LINES);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) {
      throw new Error(
        `go build ${build.packagePath} ended with ${code}; it needs Go 1.26 or newer and a Go module proxy, ` +
          `or set KUBEBUILDER_ASSETS instead. Its last lines:\n${lines.join('\n')}`,
      );
    }
  } finally {
    clearInterval(heartbeat);
  }
}
