import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import type { ApiObject } from '../cluster/api-client.ts';
import { FakeWaagent } from '../fakes/waagent.ts';
import { makePlatformKeys } from '../fakes/waagent/platform-keys.ts';
import type { InitDataReport } from '@castai/platform/init-data/init-data-deliveries.ts';
import { describeInitData } from '@castai/platform/page/describe-init-data.ts';
import { type ChildProgram, startProgram } from '../stages/child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { PlatformProgram } from '../stages/start-programs.ts';
import type { DemoCluster } from './demo-cluster.ts';

/** What it happens to. */
export interface DemoInitDataOptions {
  readonly cluster: DemoCluster;
  readonly platform: PlatformProgram;
  /** Hears what happens, a line each. */
  readonly say: (line: string) => void;
}

const AGENT_POOL = 'kubernetes.azure.com/agentpool';

/** AKS init data on one node of the demo's cluster, with an Azure agent's folder made for it, up to its first sealed delivery. */
export class DemoInitData implements AsyncDisposable {
  readonly process: ChildProgram;
  readonly #folder: FakeWaagent;

  private constructor(process: ChildProgram, folder: FakeWaagent) {
    this.process = process;
    this.#folder = folder;
  }

  /** Starts the program once the agent has registered the cluster. Resolves when the platform has opened a delivery. */
  static async start({ cluster, platform, say }: DemoInitDataOptions): Promise<DemoInitData> {
    const node = await aksNode(cluster);
    const nodeName = node.metadata?.name ?? '';
    const { clusters } = await eventually({
      what: 'the agent has registered the cluster',
      look: () => platform.control.state(),
      until: (state) => state.clusters.length > 0,
    });
    const clusterId = clusters[0]?.id ?? '';
    const keys = makePlatformKeys();
    await platform.control.setInitDataKeys({ demo: keys.privateKey });
    const folder = new FakeWaagent();
    const program = findProgram('aks-init-data');
    const process = startProgram({
      name: 'aks-init-data',
      entry: sourceOf(program),
      nodeArgs: program.nodeFlags,
      env: {
        ...program.environment,
        ...cluster.agentEnv,
        API_KEY: 'test',
        API_URL: platform.url,
        CLUSTER_ID: clusterId,
        NODE_NAME: nodeName,
        POD_NAMESPACE: 'default',
        PLATFORM_KEYS: `demo:${keys.publicKey}`,
        WAAGENT_DIR: folder.root,
        ADMIN_PORT: '0',
        CLUSTER_POLL_SECONDS: '2',
      },
    });
    const demo = new DemoInitData(process, folder);
    try {
      const { port } = await process.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
      say(`init data  http://127.0.0.1:${port}/statusz of node ${nodeName}`);
      const [report] = await eventually({
        what: 'the platform has a delivery of init data',
        look: () => platform.control.reports(clusterId, 'initData'),
        until: (reports) => reports.length > 0,
      });
      say(`init data  the platform has opened ${describeInitData(report?.body as InitDataReport)}`);
      return demo;
    } catch (error) {
      await demo[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Ends the program and removes the folder with its keys. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
    this.#folder[Symbol.dispose]();
  }
}

/** A Linux node in an agent pool; on a cluster that has none, the first node is given the label of one. */
async function aksNode({ client }: DemoCluster): Promise<ApiObject> {
  const { items = [] } = await client.request('GET', '/api/v1/nodes?limit=500');
  const labelsOf = ({ metadata }: ApiObject): Record<string, unknown> =>
    isRecord(metadata?.['labels']) ? metadata['labels'] : {};
  const found = items.find((node) => labelsOf(node)[AGENT_POOL] !== undefined);
  if (found !== undefined) return found;
  const name = items[0]?.metadata?.name;
  if (name === undefined) throw new Error('the cluster has no node');
  const labels = { [AGENT_POOL]: 'demo', 'kubernetes.io/os': 'linux' };
  return client.request('PATCH', `/api/v1/nodes/${name}`, { metadata: { labels } });
}
