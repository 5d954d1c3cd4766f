import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { ReceivedAck } from '../../fakes/actions-hub.ts';
import type { FakeKubeApiserver } from '../../fakes/kube-apiserver/fake-kube-apiserver.ts';
import { chaosFields, OWN_TAINT, SHARED } from './chaos-fields.ts';
import type { ChaosKind, HistoryEntry } from './history.ts';
import { readWrite } from './read-write.ts';

interface Taint {
  readonly key: string;
}

/** What this looks at of a node. */
interface NodeMarks {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean };
}

const PODS_OF_NODE = 2;

/**
 * The cluster of a random run: objects for each action, whoever else changes them (kubelets, the controller of StatefulSets, an autoscaler,
 * somebody with taints of his own), and the history as the API server knows it.
 */
export class ChaosCluster {
  /** Told of each write of a controller, one for an action or one of its own such as a record, when it is carried out and before it is answered. */
  onWrite: (whose: 'action' | 'own') => void = () => undefined;
  readonly #fake: FakeKubeApiserver;
  readonly #random: SeededRandom;
  readonly #history: HistoryEntry[];
  readonly #asked = new Map<string, Extract<HistoryEntry, { type: 'asked' }>>();
  readonly #foreign = new Map<string, string[]>();

  constructor(parts: {
    readonly fake: FakeKubeApiserver;
    readonly random: SeededRandom;
    readonly history: HistoryEntry[];
  }) {
    this.#fake = parts.fake;
    this.#random = parts.random;
    this.#history = parts.history;
    const { name, namespace } = SHARED;
    this.#fake.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, list: [] });
    this.#fake.writes.tell = (write) => {
      const entry = readWrite(write, this.ids);
      if (entry !== undefined) this.#history.push(entry);
      this.onWrite(entry === undefined ? 'own' : 'action');
    };
  }

  get ids(): readonly string[] {
    return [...this.#asked.keys()];
  }

  /** Makes what the next action is about. */
  ask(kind: ChaosKind): { readonly id: string; readonly fields: object } {
    const id = `${kind.toLowerCase()}-${this.#asked.size}`;
    const isOfNode = kind === 'drainNode' || kind === 'deleteNode' || kind === 'patchNode';
    const meant = isOfNode ? [this.#addNode(id, `id-${id}`)] : [];
    if (kind === 'drainNode') {
      for (let index = 0; index < PODS_OF_NODE; index += 1) meant.push(this.#addPod(`${id}.${index}`, id));
    }
    if (kind === 'evictPod') meant.push(this.#addPod(id, 'elsewhere'));
    if (kind === 'append') meant.push(this.#fake.get(SHARED)?.metadata.uid ?? '');
    const entry = { type: 'asked', id, kind, meant } as const;
    this.#asked.set(id, entry);
    this.#history.push(entry);
    return { id, fields: chaosFields(id, kind) };
  }

  /** The platform was told. */
  hear({ id, error }: ReceivedAck): void {
    this.#history.push({ type: 'ack', id, error, isSo: this.#isSo(id) });
  }

  /** What kubelets do, and the controller of StatefulSets. */
  meddle(): void {
    for (const { metadata } of this.#fake.objects('pods')) {
      const { name, uid = '' } = metadata;
      if (metadata['deletionTimestamp'] === undefined || this.#random.chance(0.5)) continue;
      this.#fake.delete({ apiVersion: 'v1', kind: 'Pod', name, namespace: 'default' });
      this.#history.push({ type: 'gone', uid });
      this.#addPod(name, 'elsewhere');
    }
  }

  /** A controller has just read what is at a path: where that is a node, somebody changes it before it is written, or takes it away. */
  interfere(path: string): void {
    const name = /^\/api\/v1\/nodes\/([^/]+)$/u.exec(path)?.[1] ?? '';
    const uid = this.#fake.get({ apiVersion: 'v1', kind: 'Node', name })?.metadata.uid;
    if (uid === undefined) return;
    if (this.#random.chance(0.05)) this.#replaceNode(name, uid);
    else if (this.#random.chance(0.3)) this.#taint(name);
  }

  /** What others have put on nodes and is not there any more. */
  lostTaints(): string[] {
    return [...this.#foreign].flatMap(([name, keys]) => {
      const node = this.#fake.get({ apiVersion: 'v1', kind: 'Node', name });
      const there = new Set(taintsOf(node).map(({ key }) => key));
      return node === undefined
        ? []
        : keys.filter((key) => !there.has(key)).map((key) => `${name} lost the taint ${key}`);
    });
  }

  /** Whether the cluster is what an action wanted of it, whoever made it so. */
  #isSo(id: string): boolean {
    const { kind, meant: [first = '', ...others] = [] } = this.#asked.get(id) ?? {};
    const node = this.#fake.get({ apiVersion: 'v1', kind: 'Node', name: id });
    const isNode = node?.metadata.uid === first;
    const uids = new Set(this.#fake.objects('pods').map(({ metadata }) => metadata.uid));
    switch (kind) {
      case 'evictPod':
        return !uids.has(first);
      case 'drainNode':
        return !isNode || (marksOf(node).spec?.unschedulable === true && !others.some((uid) => uids.has(uid)));
      case 'deleteNode':
        return !isNode;
      case 'patchNode':
        return (
          !isNode ||
          (marksOf(node).metadata?.labels?.['done'] === id && taintsOf(node).some(({ key }) => key === OWN_TAINT.key))
        );
      case 'createEvent':
        return this.#fake.objects('events').filter((event) => event['message'] === id).length === 1;
      case 'append':
        return this.#appended().filter((one) => one === id).length === 1;
      case undefined:
        return false;
    }
  }

  #appended(): readonly unknown[] {
    const list = this.#fake.get(SHARED)?.['list'];
    return Array.isArray(list) ? list : [];
  }

  #replaceNode(name: string, uid: string): void {
    this.#fake.delete({ apiVersion: 'v1', kind: 'Node', name });
    this.#history.push({ type: 'gone', uid });
    this.#foreign.delete(name);
    this.#addNode(name, 'another-machine');
  }

  #taint(name: string): void {
    const key = `foreign-${this.#history.length}-${this.#random.hex(4)}`;
    this.#foreign.set(name, [...(this.#foreign.get(name) ?? []), key]);
    this.#fake.update({ apiVersion: 'v1', kind: 'Node', name }, (node) => {
      const spec = (node['spec'] ?? {}) as { taints?: object[] };
      node['spec'] = { ...spec, taints: [{ key, effect: 'PreferNoSchedule' }, ...(spec.taints ?? [])] };
    });
  }

  #addNode(name: string, id: string): string {
    const labels = { 'provisioner.cast.ai/node-id': id };
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: {}, status };
    return this.#fake.create(node).metadata.uid ?? '';
  }

  #addPod(name: string, nodeName: string): string {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: `set-${name}`, controller: true };
    const metadata = { name, namespace: 'default', ownerReferences: [owner], finalizers: ['example.com/slow'] };
    const spec = { nodeName, containers: [], terminationGracePeriodSeconds: 0 };
    return this.#fake.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec }).metadata.uid ?? '';
  }
}

/** Every object can be looked at as one. */
function marksOf(node: object | undefined): NodeMarks {
  return node ?? {};
}

function taintsOf(node: object | undefined): readonly Taint[] {
  return marksOf(node).spec?.taints ?? [];
}
