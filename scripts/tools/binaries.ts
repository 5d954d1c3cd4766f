import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { withFileLock } from './file-lock.ts';
import { goBuild, hasGo } from './go-build.ts';

/** Paths of the two executables that make a cluster. */
export interface ClusterBinaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
}

/**
 * Nothing is broken, but this machine cannot get the executables: neither KUBEBUILDER_ASSETS, nor built ones, nor Go.
 * Test runs count it as skipped on a laptop and as a failure in CI.
 */
export class ClusterUnavailable extends Error {
  override readonly name = 'ClusterUnavailable';
}

/** Tells tests and what they start which API server to take: the newest one unless it is {@link OLDEST}. */
export const KUBERNETES_VARIABLE = 'CASTAI_TEST_KUBERNETES';
export const OLDEST = 'oldest';

interface Tool {
  readonly name: string;
  readonly packagePath: string;
  /** The module in go.mod whose version is the tool's version. */
  readonly module: string;
  /** Folder beside this file whose go.mod pins it. */
  readonly folder: string;
  /** Go code of our own in that folder. */
  readonly source?: string;
  readonly ldflags: (version: string) => string;
  readonly cost: string;
}

const ETCD: Tool = {
  name: 'etcd',
  packagePath: 'go.etcd.io/etcd/server/v3',
  module: 'go.etcd.io/etcd/server/v3',
  folder: 'etcd',
  ldflags: () => '',
  cost: 'about a minute on two cores',
};

const KUBE_APISERVER: Tool = {
  name: 'kube-apiserver',
  packagePath: 'k8s.io/kubernetes/cmd/kube-apiserver',
  module: 'k8s.io/kubernetes',
  folder: 'apiserver',
  ldflags: kubernetesVersion,
  cost: 'about 5 minutes on two cores',
};

/** The oldest minor that the chart's `kubeVersion` takes; a test holds both to each other. */
const OLDEST_KUBE_APISERVER: Tool = { ...KUBE_APISERVER, folder: 'apiserver-oldest' };

const KUBE_SCHEDULER: Tool = {
  name: 'kube-scheduler',
  packagePath: 'k8s.io/kubernetes/cmd/kube-scheduler',
  module: 'k8s.io/kubernetes',
  folder: 'scheduler',
  ldflags: kubernetesVersion,
  cost: 'about 2 minutes on two cores',
};

const KUBECTL: Tool = {
  name: 'kubectl',
  packagePath: 'k8s.io/kubernetes/cmd/kubectl',
  module: 'k8s.io/kubernetes',
  folder: 'kubectl',
  ldflags: kubernetesVersion,
  cost: 'about a minute on two cores',
};

const ALERTMANAGER_RECEIVER: Tool = {
  name: 'alertmanager-receiver',
  packagePath: '.',
  module: 'github.com/prometheus/alertmanager',
  folder: 'alertmanager',
  source: 'main.go',
  ldflags: () => '',
  cost: 'about a minute on two cores',
};

/**
 * Finds etcd and kube-apiserver: in KUBEBUILDER_ASSETS when that is set, else in the cache outside the tree,
 * where they are built once from the pinned modules beside this file. Callers at the same time build only once.
 * `onProgress` gets lines for a person. With CASTAI_TEST_KUBERNETES=oldest it is the API server of the oldest minor that the chart
 * promises, also in programs that tests start.
 *
 * Throws ClusterUnavailable when there is no way to get them, and an Error when KUBEBUILDER_ASSETS lacks one of them or
 * a build fails.
 */
export async function ensureBinaries(onProgress: (line: string) => void): Promise<ClusterBinaries> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && assets !== '') {
    return { etcd: await findAsset(assets, 'etcd'), kubeApiserver: await findAsset(assets, 'kube-apiserver') };
  }
  // One after the other: each build uses every core and the second needs gigabytes of memory.
  const etcd = await ensureTool(ETCD, onProgress);
  return { etcd, kubeApiserver: await ensureTool(isOldest() ? OLDEST_KUBE_APISERVER : KUBE_APISERVER, onProgress) };
}

/** Finds the kubectl of the API server's version, or builds it; as `ensureBinaries`. */
export async function ensureKubectl(onProgress: (line: string) => void): Promise<string> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  return assets !== undefined && assets !== '' ? findAsset(assets, 'kubectl') : ensureTool(KUBECTL, onProgress);
}

/** Finds the kube-scheduler of the newest API server's version, or builds it; as `ensureBinaries`. */
export async function ensureKubeScheduler(onProgress: (line: string) => void): Promise<string> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  return assets !== undefined && assets !== ''
    ? findAsset(assets, 'kube-scheduler')
    : ensureTool(KUBE_SCHEDULER, onProgress);
}

/** Builds what takes bodies of Alertmanager's webhook by Alertmanager's own types, whatever KUBEBUILDER_ASSETS says; else as `ensureBinaries`. */
export async function ensureAlertmanagerReceiver(onProgress: (line: string) => void): Promise<string> {
  return ensureTool(ALERTMANAGER_RECEIVER, onProgress);
}

/** Whether the cluster is of the oldest minor that the chart promises. */
export function isOldest(): boolean {
  return process.env[KUBERNETES_VARIABLE] === OLDEST;
}

async function findAsset(assets: string, name: string): Promise<string> {
  const file = join(assets, name);
  if (await isExecutable(file)) return file;
  throw new Error(`KUBEBUILDER_ASSETS is ${assets}, which has no executable ${name}: correct it, or unset it to build`);
}

async function ensureTool(tool: Tool, onProgress: (line: string) => void): Promise<string> {
  const moduleDir = join(import.meta.dirname, tool.folder);
  const goMod = await readFile(join(moduleDir, 'go.mod'), 'utf8');
  const goSum = await readFile(join(moduleDir, 'go.sum'), 'utf8');
  const version = requiredVersion(goMod, tool.module);
  const source = tool.source === undefined ? '' : await readFile(join(moduleDir, tool.source), 'utf8');
  const hash = createHash('sha256').update(goMod).update(goSum).update(source).digest('hex').slice(0, 16);
  const directory = join(cacheFolder(), `${tool.name}-${version}-${hash}`);
  const output = join(directory, tool.name);
  if (await isExecutable(output)) return output;
  if (!(await hasGo())) {
    throw new ClusterUnavailable(
      `${tool.name} ${version} is not built and there is no Go to build it: install Go 1.26 or newer, ` +
        'or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kube-scheduler and kubectl',
    );
  }
  await mkdir(directory, { recursive: true });
  const onWait = (): void => onProgress(`waiting: another process is building ${tool.name} ${version}`);
  return withFileLock({ file: join(directory, 'build.lock'), onWait }, async () => {
    if (await isExecutable(output)) return output;
    onProgress(`building ${tool.name} ${version} with Go, once: ${tool.cost}`);
    const unfinished = `${output}.unfinished`;
    await rm(unfinished, { force: true });
    const { packagePath } = tool;
    await goBuild({ moduleDir, packagePath, ldflags: tool.ldflags(version), output: unfinished }, onProgress);
    // Only a whole executable ever has the final name: readers look without the lock.
    await rename(unfinished, output);
    return output;
  });
}

/**
 * Without it a program of Kubernetes reports v0.0.0-master, which others that compare versions reject. Older ones do not take major and
 * minor from the version themselves.
 */
function kubernetesVersion(version: string): string {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/u.exec(version) ?? [];
  return Object.entries({ gitVersion: version, gitMajor: major, gitMinor: minor })
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

/** Reads the pinned version from go.mod, so that it is written in one place only. */
function requiredVersion(goMod: string, module: string): string {
  const words = goMod.split('\n').map((line) =>
    line
      .trim()
      .replace(/^require /, '')
      .split(' '),
  );
  const version = words.find(([name, second]) => name === module && second?.startsWith('v'))?.[1];
  if (version === undefined) throw new Error(`go.mod of the test cluster does not require ${module}`);
  return version;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
