import { spawn } from 'node:child_process';
import { access, constants, mkdir, rename } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { ClusterUnavailable } from '../cluster/binaries.ts';
import { withFileLock } from '../cluster/file-lock.ts';
import { hasGo } from '../cluster/go-build.ts';
import { cacheFolder } from '../support/cache-folder.ts';

/** Major versions that the chart is tested with. */
export type HelmMajor = 3 | 4;

/** Plain `go install` builds both: their go.mod replaces nothing. Helm 3 is past its end of life and still everywhere. */
const PINS: Record<HelmMajor, { readonly version: string; readonly packagePath: string }> = {
  3: { version: 'v3.22.0', packagePath: 'helm.sh/helm/v3/cmd/helm' },
  4: { version: 'v4.3.1', packagePath: 'helm.sh/helm/v4/cmd/helm' },
};
const LOW_PRIORITY = 10;
const HEARTBEAT_MS = 15_000;
const KEPT_CHARACTERS = 3000;

/**
 * The path of a Helm, built once into the cache outside of the tree. Callers at the same time build only once. `onProgress` gets
 * lines for a person. Throws `ClusterUnavailable` when it is not built and there is no Go, an Error when the build fails.
 */
export async function ensureHelm(major: HelmMajor, onProgress: (line: string) => void): Promise<string> {
  const { version, packagePath } = PINS[major];
  const directory = join(cacheFolder(), `helm-${version}`);
  const helm = join(directory, 'helm');
  if (await isExecutable(helm)) return helm;
  if (!(await hasGo())) {
    throw new ClusterUnavailable(
      `helm ${version} is not built and there is no Go to build it: install Go 1.26 or newer`,
    );
  }
  const unfinished = join(directory, 'unfinished');
  await mkdir(unfinished, { recursive: true });
  const onWait = (): void => onProgress(`waiting: another process is building helm ${version}`);
  return withFileLock({ file: join(directory, 'build.lock'), onWait }, async () => {
    if (await isExecutable(helm)) return helm;
    onProgress(`building helm ${version} with Go, once: two to three minutes on two cores`);
    await goInstall(`${packagePath}@${version}`, unfinished, onProgress);
    // Only a whole executable ever has the final name: readers look without the lock.
    await rename(join(unfinished, 'helm'), helm);
    return helm;
  });
}

async function goInstall(target: string, directory: string, onProgress: (line: string) => void): Promise<void> {
  const child = spawn('go', ['install', '-trimpath', '-ldflags', '-s -w', target], {
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', GOBIN: directory },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.pid !== undefined) setPriority(child.pid, LOW_PRIORITY);
  const heartbeat = setInterval(() => onProgress(`still building ${target}`), HEARTBEAT_MS);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT_CHARACTERS);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`go install ${target} ended with ${code}; its last words:\n${said}`);
  } finally {
    clearInterval(heartbeat);
  }
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
