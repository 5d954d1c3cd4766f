import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { sampleCustomResourceDefinitions, sampleNodeClaim, sampleNodePool } from './sample-cluster/custom-resources.ts';
import { managedFields } from './sample-cluster/managed-fields.ts';
import { sampleConfigMap, sampleEvictionEvent, sampleNamespace } from './sample-cluster/miscellaneous.ts';
import { sampleExternalService, sampleIngress, sampleNetworkPolicy, sampleService } from './sample-cluster/network.ts';
import { type SampleProvider, nodeName, sampleNode } from './sample-cluster/node.ts';
import { withNeighbourRules } from './sample-cluster/neighbour-rules.ts';
import { askedBy, podTemplate } from './sample-cluster/pod-template.ts';
import { samplePast } from './sample-cluster/past.ts';
import { Placement } from './sample-cluster/placement.ts';
import { samplePod } from './sample-cluster/pod.ts';
import {
  sampleClusterRole,
  sampleHorizontalPodAutoscaler,
  sampleLimitRange,
  samplePodDisruptionBudget,
  sampleResourceQuota,
  sampleRole,
} from './sample-cluster/policy.ts';
import { type SampleObject, ownerReference, sampleTime, sampleUid } from './sample-cluster/sample-object.ts';
import { sampleCsiNode, sampleStorageClasses, sampleVolume } from './sample-cluster/storage.ts';
import {
  jobTemplate,
  sampleCronJob,
  sampleDaemonSet,
  sampleDeployment,
  sampleJob,
  sampleReplicaSet,
  sampleReplicationController,
  sampleStatefulSet,
} from './sample-cluster/workloads.ts';

export type { SampleObject } from './sample-cluster/sample-object.ts';

/** How large a sample cluster is, and which one of that size. */
export interface SampleClusterOptions {
  /** The same seed gives the same objects, uids included. */
  readonly seed: number;
  readonly nodes: number;
  /** Exactly so many pods, of deployments, stateful sets, daemon sets and jobs. */
  readonly pods: number;
  /** At least so many objects that are neither; what a cluster of this size has, some 0.7 for each pod, unless told. */
  readonly others?: number;
  /** Whose nodes they are; azure unless told. */
  readonly provider?: SampleProvider;
  /** Whether deployments say which neighbours their pods want; they do not unless told. */
  readonly hasNeighbourRules?: boolean;
}

/**
 * Makes the objects of a realistic cluster one by one, so that a large one need never be in memory as a whole: pods of
 * 8.2 to 8.7 KB that ask for less than their nodes have, nodes of 14 KB, and for every ten pods a deployment with three replica sets, two of them empty.
 * Owners come before what they own, namespaces and custom resource definitions first, so that a real server takes them
 * in this order once `asCreateBody` has removed what only the server may set.
 */
export function* sampleCluster(options: SampleClusterOptions): Generator<SampleObject, void, undefined> {
  const sample = new Sample(options);
  let others = 0;
  for (const object of sample.objects()) {
    if (object.kind !== 'Pod' && object.kind !== 'Node') others += 1;
    yield sample.finish(object);
  }
  for (const past = sample.past(); others < (options.others ?? 0); others += 1) yield sample.finish(past.next().value);
}

/** The object as it may be POSTed to a real server: without status, managed fields and what identifies a stored one. */
export function asCreateBody(object: SampleObject): SampleObject {
  const { status: _status, ...rest } = object;
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, ...metadata } = object.metadata;
  const { managedFields: _managed, generation: _generation, ...left } = metadata;
  return { ...rest, metadata: left };
}

const PODS_OF_A_DEPLOYMENT = 10;
const MAX_NAMESPACES = 40;

class Sample {
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #provider: SampleProvider;
  readonly #nodeCount: number;
  readonly #podCount: number;
  readonly #hasNeighbourRules: boolean;
  readonly #namespaces: readonly string[];
  #podsLeft: number;
  #createdAt = 0;
  readonly #placement: Placement;
  readonly #names = new Set<string>();

  constructor({ seed, nodes, pods, provider = 'azure', hasNeighbourRules = false }: SampleClusterOptions) {
    this.#hasNeighbourRules = hasNeighbourRules;
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#provider = provider;
    this.#nodeCount = nodes;
    this.#podCount = pods;
    this.#podsLeft = pods;
    this.#placement = new Placement(pods);
    const teams = Math.min(MAX_NAMESPACES, 3 + Math.floor(pods / 100));
    this.#namespaces = Array.from({ length: teams }, (_, index) => `team-${index}`);
  }

  /** Adds what the server would have added. */
  finish(object: SampleObject): SampleObject {
    this.#createdAt += 1;
    const { kind, metadata, ...rest } = object;
    const { apiVersion, ...body } = rest;
    const time = sampleTime(this.#createdAt);
    const generation = 'spec' in object && kind !== 'Namespace' ? { generation: 1 } : {};
    const uid = metadata.uid ?? sampleUid(this.#seed, { apiVersion, kind, ...metadata });
    const status = kind === 'Pod' || kind === 'Node' ? 'kubelet' : 'kube-controller-manager';
    const managers = { spec: specManager(object), status, time, statusTime: sampleTime(this.#createdAt + 9) };
    const fields = managedFields(object, managers);
    const { name, namespace, ...meta } = metadata;
    const where = namespace === undefined ? {} : { namespace };
    const finished = { name, ...where, ...meta, uid, ...generation, creationTimestamp: time, managedFields: fields };
    return { apiVersion, kind, metadata: finished, ...body };
  }

  *objects(): Generator<SampleObject, void, undefined> {
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease', ...this.#namespaces]) {
      yield sampleNamespace(name);
    }
    yield* sampleCustomResourceDefinitions();
    yield* sampleStorageClasses();
    yield* sampleClusterRole();
    yield* this.#nodes();
    for (const namespace of this.#namespaces) {
      yield sampleLimitRange(namespace);
      yield sampleResourceQuota(namespace);
      yield sampleNetworkPolicy(namespace);
      yield* sampleRole(namespace);
    }
    yield* this.#daemonSets();
    yield* this.#statefulSets();
    yield* this.#jobs();
    yield* this.#deployments();
  }

  /** More of what is left of the past, without end. */
  past(): Generator<SampleObject, never, undefined> {
    const [namespace = 'default'] = this.#namespaces;
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop-0', namespace } };
    return samplePast(this.#random, {
      namespace,
      owner: ownerReference(this.#identified(deployment)),
      createdAt: this.#createdAt,
    });
  }

  *#nodes(): Generator<SampleObject, void, undefined> {
    const pools = ['general', 'batch'].map((name) => this.#identified(sampleNodePool(name)));
    yield* pools;
    for (let index = 0; index < this.#nodeCount; index += 1) {
      const node = this.#identified(sampleNode(this.#random, { index, provider: this.#provider }));
      this.#placement.add(node, this.#random.next());
      yield node;
      yield sampleCsiNode(node);
      if (index < 5) yield sampleNodeClaim(node, this.#random.pick(pools));
    }
  }

  *#daemonSets(): Generator<SampleObject, void, undefined> {
    for (const name of ['node-proxy', 'log-shipper']) {
      const template = podTemplate(this.#random, name, this.#placement.scale);
      const replicas = Math.min(this.#nodeCount, Math.floor(this.#podCount / 10));
      const workload = { name, namespace: 'kube-system', template, replicas, createdAt: this.#createdAt };
      const set = this.#identified(sampleDaemonSet(workload));
      yield set;
      const extraLabels = { 'controller-revision-hash': this.#random.hex(10), 'pod-template-generation': '1' };
      const pod = { ...workload, owner: ownerReference(set), extraLabels, generateName: `${name}-` };
      for (let index = 0; index < replicas; index += 1) yield* this.#pod({ ...pod, node: index });
    }
  }

  *#statefulSets(): Generator<SampleObject, void, undefined> {
    const count = Math.max(1, Math.floor(this.#podCount / 150));
    for (let set = 0; set < count; set += 1) {
      const name = `store-${set}`;
      const namespace = this.#random.pick(this.#namespaces);
      const template = podTemplate(this.#random, name, this.#placement.scale);
      const replicas = Math.min(3, this.#podsLeft);
      const workload = { name, namespace, template, replicas, createdAt: this.#createdAt };
      const statefulSet = this.#identified(sampleStatefulSet(workload));
      yield sampleService({ name, namespace, app: name });
      yield statefulSet;
      for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
        yield* sampleVolume(this.#seed, { name: `data-${name}-${ordinal}`, namespace });
        const extraLabels = { 'apps.kubernetes.io/pod-index': String(ordinal) };
        yield* this.#pod({ ...workload, name: `${name}-${ordinal}`, owner: ownerReference(statefulSet), extraLabels });
      }
    }
  }

  *#jobs(): Generator<SampleObject, void, undefined> {
    const count = Math.max(1, Math.floor(this.#podCount / 50));
    for (let index = 0; index < count; index += 1) {
      const namespace = this.#random.pick(this.#namespaces);
      const name = `report-${index}`;
      const template = jobTemplate(this.#random, podTemplate(this.#random, name, this.#placement.scale));
      const workload = { name, namespace, template, replicas: 1, createdAt: this.#createdAt };
      if (index % 4 === 0) yield sampleCronJob(workload);
      const job = this.#identified(sampleJob(workload));
      yield job;
      const extraLabels = { 'job-name': name };
      yield* this.#pod({
        ...workload,
        generateName: `${name}-`,
        owner: ownerReference(job),
        extraLabels,
        hasFinished: true,
      });
    }
  }

  *#deployments(): Generator<SampleObject, void, undefined> {
    const count = Math.max(1, Math.ceil(this.#podsLeft / PODS_OF_A_DEPLOYMENT));
    for (let index = 0; index < count; index += 1) {
      yield* this.#deployment(index, Math.ceil(this.#podsLeft / (count - index)));
    }
  }

  *#deployment(index: number, replicas: number): Generator<SampleObject, void, undefined> {
    const namespace = this.#namespaces[index % this.#namespaces.length] ?? 'default';
    const name = `shop-${index}`;
    const exposed = { name, namespace, app: name };
    const plain = podTemplate(this.#random, name, this.#placement.scale);
    const template = this.#hasNeighbourRules ? withNeighbourRules(plain, index) : plain;
    const workload = { name, namespace, template, replicas, createdAt: this.#createdAt };
    const deployment = this.#identified(sampleDeployment(workload));
    yield sampleConfigMap(namespace, `${name}-config`);
    yield deployment;
    for (let revision = 1; revision <= 3; revision += 1) {
      const hash = this.#random.hex(10);
      const current = revision === 3 ? replicas : 0;
      const set = this.#identified(
        sampleReplicaSet({
          ...workload,
          name: `${name}-${hash}`,
          replicas: current,
          owner: ownerReference(deployment),
          revision,
          hash,
        }),
      );
      yield set;
      const extraLabels = { 'pod-template-hash': hash };
      const pod = { ...workload, owner: ownerReference(set), extraLabels, generateName: `${name}-${hash}-` };
      for (let replica = 0; replica < current; replica += 1) yield* this.#pod(pod, index === 0 && replica === 0);
    }
    yield* this.#beside(index, exposed, replicas);
  }

  *#beside(
    index: number,
    exposed: { name: string; namespace: string; app: string },
    replicas: number,
  ): Generator<SampleObject, void, undefined> {
    if (index % 2 === 0) yield sampleService(exposed);
    if (index % 3 === 0) yield samplePodDisruptionBudget(exposed, replicas);
    if (index % 5 === 0) yield sampleHorizontalPodAutoscaler(exposed, replicas);
    if (index % 6 === 0) yield sampleIngress(exposed);
    if (index % 50 === 0) {
      yield sampleExternalService({ ...exposed, name: `external-${index}` });
      const name = `legacy-${index}`;
      const template = podTemplate(this.#random, name, this.#placement.scale);
      const { namespace } = exposed;
      yield sampleReplicationController({ name, namespace, template, replicas: 0, createdAt: this.#createdAt });
    }
  }

  *#pod(
    pod: Omit<Parameters<typeof samplePod>[1], 'node'> & { node?: number },
    isEvicted = false,
  ): Generator<SampleObject, void, undefined> {
    if (this.#podsLeft <= 0) return;
    this.#podsLeft -= 1;
    const name = pod.generateName === undefined ? pod.name : this.#generated(pod.generateName);
    const nodeCount = this.#nodeCount;
    const from = this.#random.integer(Math.max(1, nodeCount));
    const index = this.#placement.place(askedBy(pod.template), { from, only: pod.node });
    const node = this.#waits() ? '' : nodeName({ index, provider: this.#provider });
    const made = this.#identified(
      samplePod(this.#random, { ...pod, name, node, nodeCount, createdAt: this.#createdAt }),
    );
    yield made;
    if (isEvicted) yield sampleEvictionEvent(made);
  }

  /** As the API server does it, which tries again when there is one of that name: of 5,000 pods of one daemon set a dozen would be. */
  #generated(prefix: string): string {
    for (;;) {
      const name = `${prefix}${this.#random.hex(5)}`;
      if (this.#names.has(name)) continue;
      this.#names.add(name);
      return name;
    }
  }

  /** The last of a hundred or more: in a smaller cluster every pod counts for something else. */
  #waits(): boolean {
    return this.#podsLeft === 0 && this.#podCount >= 100;
  }

  #identified(object: SampleObject): SampleObject {
    const { apiVersion, kind, metadata } = object;
    metadata.uid = sampleUid(this.#seed, { apiVersion, kind, ...metadata });
    return object;
  }
}

function specManager({ kind, metadata }: SampleObject): string {
  if (kind === 'Node') return 'kubelet';
  return metadata.ownerReferences === undefined ? 'helm' : 'kube-controller-manager';
}
