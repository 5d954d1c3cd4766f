import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { azureNamesOf } from '@castai/spot-handler/poll/azure-events.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import type { ApiObject } from '../cluster/api-client.ts';
import { type NodeSummary, summarize } from '../stages/spot-handler/spot-node.ts';
import { type FakeImds, startAzureImds } from '../fakes/imds.ts';
import type { AzureImds } from '../fakes/imds/azure.ts';
import { type ChildProgram, startProgram } from '../stages/child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { PlatformProgram } from '../stages/start-programs.ts';
import type { DemoCluster } from './demo-cluster.ts';

/** What it happens to. */
export interface DemoSpotHandlerOptions {
  readonly cluster: DemoCluster;
  readonly platform: PlatformProgram;
  /** Hears what happens, a line each. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const HOLD_MS = 15_000;
const PAUSE_MS = 20_000;

/** A spot handler on one node of the demo's cluster, and a metadata service that announces the end of its machine now and then. */
export class DemoSpotHandler implements AsyncDisposable {
  readonly process: ChildProgram;
  readonly nodeName: string;
  readonly #imds: FakeImds<AzureImds>;
  readonly #options: DemoSpotHandlerOptions;
  readonly #clusterId: string;

  /** Starts both for the first node, once the agent has registered the cluster. Resolves when the handler is ready. */
  static async start(options: DemoSpotHandlerOptions): Promise<DemoSpotHandler> {
    const { cluster, platform, say } = options;
    const { items: [node] = [] } = await cluster.client.request('GET', '/api/v1/nodes?limit=1');
    if (node === undefined) throw new Error('the cluster has no node to interrupt');
    const { clusters } = await eventually({
      what: 'the agent has registered the cluster',
      look: () => platform.control.state(),
      until: (state) => state.clusters.length > 0,
    });
    const providerId = isRecord(node.spec) ? String(node.spec['providerID']) : '';
    const resourceId = providerId.replace(/^azure:\/\//, '');
    const machine = { name: azureNamesOf(providerId)[0] ?? 'machine', resourceId };
    const imds = await startAzureImds({ machine });
    const demo = new DemoSpotHandler(options, { node, imds, clusterId: clusters[0]?.id ?? '' });
    const { port } = await demo.process.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
    say(`handler    http://127.0.0.1:${port}/statusz of node ${demo.nodeName}`);
    await eventually({
      what: 'the spot handler is ready',
      look: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status,
      until: (status) => status === 200,
    });
    return demo;
  }

  private constructor(
    options: DemoSpotHandlerOptions,
    { node, imds, clusterId }: { node: ApiObject; imds: FakeImds<AzureImds>; clusterId: string },
  ) {
    this.#options = options;
    this.#imds = imds;
    this.#clusterId = clusterId;
    this.nodeName = node.metadata?.name ?? '';
    const program = findProgram('spot-handler');
    this.process = startProgram({
      name: 'the spot handler',
      entry: sourceOf(program),
      nodeArgs: program.nodeFlags,
      env: {
        ...program.environment,
        ...options.cluster.agentEnv,
        API_KEY: 'test',
        API_URL: options.platform.url,
        CLUSTER_ID: clusterId,
        NODE_NAME: this.nodeName,
        PROVIDER: 'azure',
        IMDS_URL: imds.url,
        ADMIN_PORT: '0',
        DRAIN_SECONDS: '1',
      },
    });
  }

  /** Interrupts the node and takes it back, again and again. Never resolves; ends quietly with the signal. */
  async run(): Promise<never> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      await this.interrupt();
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
    return new Promise(() => {});
  }

  /** Ends handler and metadata service at once; what is marked stays marked, in a cluster that ends with the demo. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
    await this.#imds[Symbol.asyncDispose]();
  }

  /** One interruption, taken back after a while. Says when node and platform show it. */
  async interrupt(): Promise<void> {
    const { say, signal, platform, cluster } = this.#options;
    const reports = async (): Promise<number> => (await platform.control.reports(this.#clusterId, 'event')).length;
    const node = async (): Promise<NodeSummary> =>
      summarize(await cluster.client.request('GET', `/api/v1/nodes/${this.nodeName}`));
    const before = await reports();
    const beganAtMs = performance.now();
    const sayAfter = (what: string): void =>
      say(`spot       after ${((performance.now() - beganAtMs) / 1000).toFixed(2)} s ${what}`);
    const id = this.#imds.service.schedule();
    say(`spot       the metadata service announces the end of ${this.nodeName}`);
    await Promise.all([
      this.#seen(node, ({ isMarked }) => isMarked).then(() => sayAfter('the node is cordoned, labelled and tainted')),
      this.#seen(reports, (count) => count > before).then(() => sayAfter('the platform knows: see its page')),
    ]);
    await sleep(HOLD_MS, undefined, { signal }).catch(() => undefined);
    this.#imds.service.remove(id);
    await this.#seen(node, ({ record }) => record === undefined);
    if (!signal.aborted) say('spot       the event was cancelled: the node is as it was');
  }

  /** Waits for a state, or for the end of the demo. */
  async #seen<T>(look: () => Promise<T>, until: (value: T) => boolean): Promise<void> {
    const { signal } = this.#options;
    await eventually<T | undefined>({
      what: 'the interruption has its effect',
      look: async () => (signal.aborted ? undefined : look()),
      until: (value) => value === undefined || until(value),
    });
  }
}
