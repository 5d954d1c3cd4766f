import type { ApiClient } from '../cluster/api-client.ts';
import { writeObjects } from '../cluster/write-objects.ts';
import { type ChangedKind, ClusterChanger } from '../cluster/change-cluster.ts';
import { kubeconfigClient } from '../cluster/kubeconfig-client.ts';
import type { SampleObject } from '../samples/sample-cluster.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { DemoCluster } from './demo-cluster.ts';

/** The only namespace of a cluster that is not ours in which the demo changes anything. */
const NAMESPACE = 'castai-demo';
const OBJECTS_OF_A_KIND = 20;

/** Kinds that cost nothing: services without an address, jobs that never start. */
const KINDS: readonly ChangedKind[] = [
  { apiVersion: 'v1', kind: 'Service', resource: 'services', weight: 1 },
  { apiVersion: 'batch/v1', kind: 'Job', resource: 'jobs', weight: 3 },
];

/** Opens the cluster of a kubeconfig. Nothing is written before `change`. Throws a `CastaiError` when the file cannot be used. */
export async function openKubeconfigDemoCluster(
  file: string,
  options: { readonly seed: number; readonly environment: Readonly<Record<string, string | undefined>> },
): Promise<DemoCluster> {
  const { seed, environment } = options;
  const client = await kubeconfigClient(file, environment);
  let hasNamespace = false;
  return {
    title: `the cluster of ${file}`,
    // Whatever a plugin of the kubeconfig needs; the platform itself is on this machine.
    agentEnv: { ...withoutOwn(environment), KUBECONFIG: file, NO_PROXY: noProxy(environment) },
    client,
    isLive: true,
    endsPods: false,
    ended: new Promise(() => {}),
    churn: () => Promise.resolve(),
    change: async (count) => {
      if (count === 0) return;
      hasNamespace = true;
      await writeObjects(ownObjects(), { client, concurrency: 4, onWritten: () => undefined });
      const changer = { client, random: new SeededRandom(seed), kinds: KINDS, namespace: NAMESPACE };
      await new ClusterChanger({ ...changer, writesStatus: false }).change(count);
    },
    [Symbol.asyncDispose]: async () => {
      if (hasNamespace) await removeNamespace(client);
      await client.close();
    },
  };
}

function* ownObjects(): Generator<SampleObject> {
  yield { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  for (let index = 0; index < OBJECTS_OF_A_KIND; index += 1) {
    const metadata = { name: `demo-${index}`, namespace: NAMESPACE };
    yield { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None', ports: [{ port: 80 }] } };
    const container = { name: 'never', image: 'registry.k8s.io/pause:3.10' };
    const template = { metadata: {}, spec: { restartPolicy: 'Never', containers: [container] } };
    yield { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { suspend: true, template } };
  }
}

async function removeNamespace(client: Pick<ApiClient, 'request'>): Promise<void> {
  await client.request('DELETE', `/api/v1/namespaces/${NAMESPACE}`);
}

/** Variables of ours that stand in the shell are not meant for the demo's agent. */
function withoutOwn(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const isOwn = /^(?:API_|CLUSTER_ID$|PROVIDER$|ADMIN_|NODE_OPTIONS$)/u;
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || isOwn.test(name) ? [] : [[name, value]],
    ),
  );
}

function noProxy(environment: Readonly<Record<string, string | undefined>>): string {
  const given = environment['NO_PROXY'] ?? environment['no_proxy'] ?? '';
  return given === '' ? '127.0.0.1' : `${given},127.0.0.1`;
}
