import { spawn } from 'node:child_process';
import { access, constants, mkdir, rename } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { ClusterUnavailable } from './binaries.ts';
import { withFileLock } from './file-lock.ts';
import { hasGo } from './go-build.ts';
import { cacheFolder } from './cache-folder.ts';

/** Major versions that the chart is tested with. */
export type HelmMajor = 3 | 4;

/** A program that plain `go install` builds: its go.mod replaces nothing. */
interface Installed {
  readonly name: string;
  readonly version: string;
  readonly packagePath: string;
  readonly cost: string;
}

/** Helm 3 is past its end of life and still everywhere. */
const HELM: Record<HelmMajor, Installed> = {
  3: { name: 'helm', version: 'v3.22.0', packagePath: 'helm.sh/helm/v3/cmd/helm', cost: 'two to three minutes' },
  4: { name: 'helm', version: 'v4.3.2', packagePath: 'helm.sh/helm/v4/cmd/helm', cost: 'two to three minutes' },
};
const KUBECONFORM: Installed = {
  name: 'kubeconform',
  version: 'v0.8.0',
  packagePath: 'github.com/yannh/kubeconform/cmd/kubeconform',
  cost: 'half a minute',
};
const LOW_PRIORITY = 10;
const HEARTBEAT_MS = 15_000;
const KEPT_CHARACTERS = 3000;

/**
 * The path of a Helm, built once into the cache outside of the tree. Callers at the same time build only once. `onProgress` gets
 * lines for a person. Throws `ClusterUnavailable` when it is not built and there is no Go, an Error when the build fails.
 */
export async function ensureHelm(major: HelmMajor, onProgress: (line: string) => void): Promise<string> {
  return ensureInstalled(HELM[major], onProgress);
}

/** The path of kubeconform, which checks objects against JSON schemas; as `ensureHelm`. */
export async function ensureKubeconform(onProgress: (line: string) => void): Promise<string> {
  return ensureInstalled(KUBECONFORM, onProgress);
}

async function ensureInstalled(tool: Installed, onProgress: (line: string) => void): Promise<string> {
  const { name, version, packagePath, cost } = tool;
  const directory = join(cacheFolder(), `${name}-${version}`);
  const file = join(directory, name);
  if (await isExecutable(file)) return file;
  if (!(await hasGo())) {
    throw new ClusterUnavailable(
      `${name} ${version} is not built and there is no Go to build it: install Go 1.26 or newer`,
    );
  }
  const unfinished = join(directory, 'unfinished');
  await mkdir(unfinished, { recursive: true });
  const onWait = (): void => onProgress(`waiting: another process is building ${name} ${version}`);
  return withFileLock({ file: join(directory, 'build.lock'), onWait }, async () => {
    if (await isExecutable(file)) return file;
    onProgress(`building ${name} ${version} with Go, once: ${cost} on two cores`);
    await goInstall(`${packagePath}@${version}`, unfinished, onProgress);
    // Only a whole executable ever has the final name: readers look without the lock.
    await rename(join(unfinished, name), file);
    return file;
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
