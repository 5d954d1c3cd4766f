import { allFeeds } from '@castai/agent/feeds/feeds.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../../cluster/cluster.ts';
import { seedCluster } from '../../cluster/seed.ts';
import { FaultProxy } from '../../fakes/fault-proxy.ts';
import { ClusterChanger } from '../../cluster/change-cluster.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { StagedCluster } from './agent-stage.ts';

/** A real API server, reached as from a pod: with the token of a service account and the rights of a ClusterRole. */
export interface RealCluster extends StagedCluster {
  readonly cluster: Cluster;
  /** The network between agent and API server. */
  readonly network: FaultProxy;
  /** Makes random changes as the cluster's admin. */
  readonly changer: ClusterChanger;
  /** Takes the right to read these resources away, of the core group; none gives all rights back. */
  forbid(...resources: readonly string[]): Promise<void>;
}

const NAMESPACE = 'castai-agent';
const NAME = 'castai-agent';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
/** Enough for what follows, and few enough to be written within seconds. */
const SAMPLE = { seed: 1, nodes: 4, pods: 60 };
const READ = ['get', 'list', 'watch'];
const CORE = [
  'configmaps events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods',
  'replicationcontrollers resourcequotas services',
].flatMap((line) => line.split(' '));

/** Starts one with a sample cluster and the agent's account in it. */
export async function startRealCluster(options: ClusterOptions = {}): Promise<RealCluster> {
  const cluster = await startCluster({ onProgress: console.log, ...options });
  try {
    await seedCluster(cluster, SAMPLE);
    const token = await createAccount(cluster);
    const network = await FaultProxy.start({ target: cluster.url });
    const { hostname, port } = new URL(network.url);
    return {
      cluster,
      network,
      client: cluster,
      changer: new ClusterChanger({ client: cluster, random: new SeededRandom(SAMPLE.seed) }),
      secrets: [token],
      agentEnv: {
        SERVICE_ACCOUNT_DIR: await cluster.inClusterDir({ token, namespace: NAMESPACE }),
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
      },
      forbid: async (...resources) => {
        await cluster.request('PATCH', `${RBAC}/clusterroles/${NAME}`, { rules: rulesWithout(resources) });
      },
      [Symbol.asyncDispose]: async () => {
        await network.stop();
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function createAccount(cluster: Cluster): Promise<string> {
  const account = { kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE };
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME };
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  await cluster.request('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: NAME } });
  await cluster.request('POST', `${RBAC}/clusterroles`, { metadata: { name: NAME }, rules: rulesWithout([]) });
  await cluster.request('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: NAME },
    roleRef: role,
    subjects: [account],
  });
  return cluster.serviceAccountToken({ namespace: NAMESPACE, name: NAME });
}

/** Everything but Secrets. */
function rulesWithout(forbidden: readonly string[]) {
  // By the agent's own table: a kind that it reads and may not here would look like a loss.
  const feeds = allFeeds({ configMapNamespaces: [], readRbac: true, readIngress: true });
  const groups = [...new Set(feeds.map(({ group }) => group))].filter((group) => group !== '');
  const core = CORE.filter((resource) => !forbidden.includes(resource));
  return [
    { apiGroups: [''], resources: core, verbs: READ },
    { apiGroups: groups, resources: ['*'], verbs: READ },
  ];
}
