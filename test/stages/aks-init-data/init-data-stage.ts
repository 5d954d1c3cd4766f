import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleOf, findProgram, sourceOf } from '../../../scripts/programs.ts';
import { makePlatformKeys, type PlatformKeyPair } from '../../fakes/waagent/platform-keys.ts';
import type { PlatformControl } from '../../platform-rig/client.ts';
import type { InitDataDelivery } from '@castai/platform/init-data/init-data-deliveries.ts';
import { type ChildProgram, type ProgramOptions, startProgram } from '../child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type MetricSample, parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { type FakeProgram, type PlatformProgram, startFakeProgram, startPlatformProgram } from '../start-programs.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';

/** A program on one node. */
export interface InitDataProgram extends AsyncDisposable {
  readonly process: ChildProgram;
  /** Address of its admin server. */
  readonly url: string;
  /** `/readyz`: whether it is ready, and the reasons why not. */
  readiness(): Promise<{ ready: boolean; text: string }>;
  status(): Promise<string>;
  metrics(): Promise<MetricSample[]>;
}

/** How a program starts. */
export interface InitDataStart {
  readonly nodeName: string;
  readonly waagentDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly fromBundle?: boolean;
  /** A program that starts Node for us, such as setpriv, with its arguments. */
  readonly launcher?: ProgramOptions['launcher'];
  /** Behind the name of the program: one of its commands. */
  readonly args?: readonly string[];
}

/** Labels, versions and age of a node. */
export interface NodeOptions {
  readonly labels?: Readonly<Record<string, string | undefined>>;
  readonly kubeletVersion?: string;
}

/** A fake API server with AKS nodes, the reference platform with a key, and programs on the nodes: each a process. */
export class InitDataStage implements AsyncDisposable {
  readonly fake: FakeProgram;
  readonly platform: PlatformProgram;
  readonly keys: PlatformKeyPair;
  readonly clusterId: string;
  readonly #stack: AsyncDisposableStack;
  readonly #serviceAccountDir: string;

  private constructor(parts: {
    fake: FakeProgram;
    platform: PlatformProgram;
    keys: PlatformKeyPair;
    clusterId: string;
    stack: AsyncDisposableStack;
    serviceAccountDir: string;
  }) {
    this.fake = parts.fake;
    this.platform = parts.platform;
    this.keys = parts.keys;
    this.clusterId = parts.clusterId;
    this.#stack = parts.stack;
    this.#serviceAccountDir = parts.serviceAccountDir;
  }

  /** Starts API server and platform. */
  static async start(): Promise<InitDataStage> {
    await using starting = new AsyncDisposableStack();
    const keys = makePlatformKeys();
    const fake = starting.use(await startFakeProgram(['--tls', '--nodes', '0', '--pods', '0']));
    const platform = starting.use(await startPlatformProgram(['--init-data-key', `k1:${keys.privateKey}`]));
    const files = starting.use(new TestAuthority());
    files.write('token', fake.token);
    const ca = files.write('ca.crt', readFileSync(fake.caFile ?? '', 'utf8'));
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'castai-agent' } };
    await fake.client.request('POST', '/api/v1/namespaces', namespace).catch(() => undefined);
    const clusterId = await registerAksCluster(platform.url);
    const stack = starting.move();
    return new InitDataStage({ fake, platform, keys, clusterId, stack, serviceAccountDir: join(ca, '..') });
  }

  get control(): PlatformControl {
    return this.platform.control;
  }

  /** Makes an AKS node, or gives it another face. */
  async putNode(name: string, { labels = {}, kubeletVersion = 'v1.33.2' }: NodeOptions = {}): Promise<void> {
    const all = { ...AKS_LABELS, 'kubernetes.io/hostname': name, ...labels };
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: all } };
    const { client } = this.fake;
    await client
      .request('POST', '/api/v1/nodes', node)
      .catch(() => client.request('PATCH', `/api/v1/nodes/${name}`, { metadata: { labels: all } }));
    const status = { nodeInfo: { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion } };
    await client.request('PATCH', `/api/v1/nodes/${name}/status`, { status });
  }

  /** Starts a program, or one of its commands, and waits for nothing. */
  startCommand(start: InitDataStart): ChildProgram {
    const { nodeName, waagentDir, env = {}, args = [], fromBundle = false, launcher } = start;
    const program = findProgram('aks-init-data');
    const { hostname, port } = new URL(this.fake.url);
    return startProgram({
      entry: fromBundle ? bundleOf(program) : sourceOf(program),
      name: 'aks-init-data',
      nodeArgs: program.nodeFlags,
      args,
      ...(launcher === undefined ? {} : { launcher }),
      env: {
        ...program.environment,
        API_KEY: 'canary-of-the-api-key',
        API_URL: this.platform.url,
        CLUSTER_ID: this.clusterId,
        NODE_NAME: nodeName,
        POD_NAMESPACE: 'castai-agent',
        PLATFORM_KEYS: `k1:${this.keys.publicKey}`,
        WAAGENT_DIR: waagentDir,
        SERVICE_ACCOUNT_DIR: this.#serviceAccountDir,
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
        ADMIN_PORT: '0',
        CLUSTER_POLL_SECONDS: '1',
        FILES_POLL_SECONDS: '1',
        ...env,
      },
    });
  }

  /** Starts a program and waits until it listens. */
  async startProgram(start: InitDataStart): Promise<InitDataProgram> {
    const child = this.startCommand(start);
    try {
      const { port: adminPort } = await child.waitForJson<{ port: number }>((line) => 'port' in line);
      const url = `http://127.0.0.1:${adminPort}`;
      return {
        process: child,
        url,
        readiness: async () => {
          const response = await fetch(`${url}/readyz`);
          return { ready: response.ok, text: await response.text() };
        },
        status: async () => (await fetch(`${url}/statusz?format=json`)).text(),
        metrics: async () => parseMetrics(await (await fetch(`${url}/metrics`)).text()),
        [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
      };
    } catch (error) {
      await child.kill();
      throw error;
    }
  }

  /** A service account folder that users other than root can read, as the kubelet makes it for them. */
  worldReadableServiceAccount(): string {
    const folder = mkdtempSync(join(tmpdir(), 'castai-account-'));
    this.#stack.defer(() => removeFolder(folder));
    cpSync(this.#serviceAccountDir, folder, { recursive: true });
    chmodSync(folder, 0o755);
    for (const name of ['token', 'ca.crt']) chmodSync(join(folder, name), 0o644);
    return folder;
  }

  /** The deliveries that the platform has, as soon as there are so many. */
  async deliveries(count: number): Promise<InitDataDelivery[]> {
    return eventually({
      what: `the platform has ${count} deliveries`,
      look: () => this.control.initData(this.clusterId),
      until: (deliveries) => deliveries.length >= count,
    });
  }

  /** Waits until a program says that it is ready. */
  async ready(program: InitDataProgram): Promise<void> {
    await eventually({ what: 'the program is ready', look: () => program.readiness(), until: ({ ready }) => ready });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Labels of a node in an AKS agent pool. */
const AKS_LABELS = {
  'kubernetes.azure.com/agentpool': 'pool1',
  'kubernetes.azure.com/node-image-version': 'AKSUbuntu-2204gen2containerd-202607.13.0',
  'kubernetes.azure.com/os-sku': 'Ubuntu',
  'kubernetes.io/os': 'linux',
  'kubernetes.io/arch': 'amd64',
} as const;

/** Registers an AKS cluster; its id. */
export async function registerAksCluster(platformUrl: string, apiKey = 'test'): Promise<string> {
  const aks = { region: 'westeurope', nodeResourceGroup: 'MC_sample', subscriptionId: 's-1' };
  const response = await fetch(new URL('/v1/kubernetes/external-clusters', platformUrl), {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'sample', aks }),
  });
  const { id } = (await response.json()) as { id: string };
  return id;
}

/** Removes a folder whatever is in it. */
export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
