import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { type Cluster, startCluster } from '../../../cluster/cluster.ts';
import { type KubeScheduler, startKubeScheduler } from '../../../cluster/kube-scheduler.ts';
import { ResourcePaths } from '../../../cluster/resource-paths.ts';
import { commonObjects } from '../../../samples/rich-cluster/rich-cluster.ts';
import { NAMESPACES } from '../../../samples/rich-cluster/rich-names.ts';

/** Collections of what decides about placement, by the kind of their objects. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  Node: '/api/v1/nodes',
  CSINode: '/apis/storage.k8s.io/v1/csinodes',
  CSIDriver: '/apis/storage.k8s.io/v1/csidrivers',
  PersistentVolume: '/api/v1/persistentvolumes',
  PersistentVolumeClaim: '/api/v1/persistentvolumeclaims',
  PodDisruptionBudget: '/apis/policy/v1/poddisruptionbudgets',
  Namespace: '/api/v1/namespaces',
  Pod: '/api/v1/pods',
};

/** Neither the node controller nor the one that frees claims runs: nobody would undo what these do to new objects. */
const PLUGINS_WITHOUT = 'TaintNodesByCondition,StorageObjectInUseProtection';

/** A real API server with the real scheduler, and objects in it. Who makes and ends pods is played by others. */
export class JudgedCluster implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly scheduler: KubeScheduler;
  readonly #paths: ResourcePaths;

  /** Starts both, which takes a few seconds, and makes what all rich clusters have. */
  static async start(): Promise<JudgedCluster> {
    const cluster = await startCluster({ apiServerArgs: [`--disable-admission-plugins=${PLUGINS_WITHOUT}`] });
    const judged = new JudgedCluster(cluster, await startKubeScheduler(cluster));
    await judged.create(commonObjects());
    return judged;
  }

  private constructor(cluster: Cluster, scheduler: KubeScheduler) {
    this.#cluster = cluster;
    this.scheduler = scheduler;
    this.#paths = new ResourcePaths(cluster);
  }

  /** Makes objects, with their status where they have one. */
  async create(objects: readonly KubeObject[]): Promise<void> {
    await Promise.all(
      objects.map(async (object) => {
        const { apiVersion = '', kind = '', metadata } = object;
        const { uid: _played, generation: _given, ...meta } = metadata;
        const { collection } = await this.#paths.find({ apiVersion, kind, metadata });
        await this.#cluster.request('POST', collection, { ...object, metadata: meta });
        // A kubelet tells what a node has when it makes it; all else has a status only afterwards.
        if (kind !== 'Node' && object['status'] !== undefined) await this.#writeStatus(object);
      }),
    );
  }

  /** Says of objects anew what they had as their status. */
  async renew(objects: readonly KubeObject[]): Promise<void> {
    await Promise.all(objects.map((object) => this.#writeStatus(object)));
  }

  async #writeStatus(object: KubeObject): Promise<void> {
    const { apiVersion = '', kind = '', metadata, status } = object;
    const { collection } = await this.#paths.find({ apiVersion, kind, metadata });
    await this.#cluster.request('PATCH', `${collection}/${metadata.name}/status`, { status });
  }

  /** All objects of a kind. */
  async list(kind: string): Promise<KubeObject[]> {
    const { items } = (await this.#cluster.request('GET', COLLECTIONS[kind] ?? '')) as unknown as {
      items: KubeObject[];
    };
    return items.map((item) => ({ ...item, kind }));
  }

  /** All that decides about placement. */
  async state(): Promise<KubeObject[]> {
    return (await Promise.all(Object.keys(COLLECTIONS).map((kind) => this.list(kind)))).flat();
  }

  /** Changes a node, or its status. */
  async patchNode(name: string, patch: object, subresource = ''): Promise<void> {
    await this.#cluster.request('PATCH', `/api/v1/nodes/${name}${subresource}`, patch);
  }

  /** Changes the status of a pod. */
  async patchPod(pod: KubeObject, status: object): Promise<void> {
    await this.#cluster.request('PATCH', `${pathOf(pod)}/status`, { status });
  }

  /** Asks for more cores for a pod that runs, where it requests any; whether it does. Its kubelet never grants them. */
  async grow(pod: KubeObject): Promise<boolean> {
    const spec = pod['spec'] as { resources?: object; containers: [{ resources: { requests?: { cpu?: string } } }] };
    const { cpu = '0' } = spec.containers[0].resources.requests ?? {};
    // What is said for the pod as a whole would have to be more first.
    if (cpu === '0' || spec.resources !== undefined) return false;
    const path = '/spec/containers/0/resources/requests/cpu';
    await this.#cluster.request('PATCH', `${pathOf(pod)}/resize`, [
      { op: 'replace', path, value: `${Number(cpu) + 1}` },
    ]);
    return true;
  }

  /** Removes a pod, at once unless it is given seconds to end. */
  async removePod(pod: KubeObject, gracePeriodSeconds = 0): Promise<void> {
    await this.#cluster.request('DELETE', pathOf(pod), { gracePeriodSeconds });
  }

  /** Evicts a pod, which the API server refuses where a budget does not allow it. */
  async evict(pod: KubeObject): Promise<void> {
    const { name, namespace } = pod.metadata;
    await this.#cluster.request('POST', `${pathOf(pod)}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      deleteOptions: { gracePeriodSeconds: 0 },
    });
  }

  /** Removes a node with what its kubelet told of it. */
  async removeNode(name: string): Promise<void> {
    await this.#cluster.request('DELETE', `/api/v1/nodes/${name}`);
    await this.#cluster.request('DELETE', `/apis/storage.k8s.io/v1/csinodes/${name}`);
  }

  /** Removes all objects of these kinds. */
  async clear(kinds: readonly string[]): Promise<void> {
    for (const kind of kinds) {
      const [, root = '', resource = ''] = /^(.*\/v1)\/(.*)$/u.exec(COLLECTIONS[kind] ?? '') ?? [];
      const isNamespaced = ['Pod', 'PersistentVolumeClaim', 'PodDisruptionBudget'].includes(kind);
      const paths = isNamespaced
        ? NAMESPACES.map((name) => `${root}/namespaces/${name}/${resource}`)
        : [`${root}/${resource}`];
      await Promise.all(paths.map((path) => this.#cluster.request('DELETE', path, { gracePeriodSeconds: 0 })));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scheduler[Symbol.asyncDispose]();
    await this.#cluster.stop();
  }
}

function pathOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}
