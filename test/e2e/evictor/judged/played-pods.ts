import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { JudgedCluster } from './judged-cluster.ts';

const EVERY_MS = 15;

/**
 * The pods of a judged cluster with the controllers that make them anew and the kubelets that let them end. A pod that is made anew has another
 * name and belongs to the same line: what had a place has one again when somebody of its line has.
 */
export class PlayedPods {
  readonly #cluster: JudgedCluster;
  /** Template of each pod, by its name; and its line. */
  readonly #known = new Map<string, { readonly body: KubeObject; readonly line: string }>();
  /** Names of those that end because the test says so, and not because somebody needs their place. */
  readonly #meant = new Set<string>();
  #made = 0;

  constructor(cluster: JudgedCluster) {
    this.#cluster = cluster;
  }

  /** Makes pods, each the first of its line. */
  async make(bodies: readonly KubeObject[]): Promise<void> {
    for (const body of bodies) this.#known.set(body.metadata.name, { body, line: body.metadata.name });
    await this.#cluster.create(bodies);
  }

  /** The line of a pod. */
  lineOf({ metadata: { name } }: KubeObject): string {
    return this.#known.get(name)?.line ?? name;
  }

  /** Makes the next one of a pod's line. */
  async again({ metadata: { name } }: KubeObject): Promise<void> {
    const known = this.#known.get(name);
    if (known === undefined) throw new Error(`nobody knows how to make pod ${name} anew`);
    const next = `${known.line}-${(this.#made += 1)}`;
    this.#known.set(next, known);
    await this.#cluster.create([{ ...known.body, metadata: { ...known.body.metadata, name: next } }]);
  }

  /** Asks a pod to end; it stays until `letEnd`. */
  async askToEnd(pod: KubeObject): Promise<void> {
    this.#meant.add(pod.metadata.name);
    await this.#cluster.removePod(pod, 30);
  }

  /** Removes a pod whose node is no more; it is made anew unless it belonged to that. */
  async leave(pod: KubeObject): Promise<void> {
    await this.#cluster.removePod(pod);
    if (!needsNoPlace(pod)) await this.again(pod);
  }

  /** The pods, when the scheduler has decided for all of them and nobody is on the way. */
  async settled(): Promise<KubeObject[]> {
    const isDecided = (pod: KubeObject): boolean => !isEnding(pod) && (nodeOf(pod) !== '' || isRefused(pod));
    return this.until({
      what: 'the scheduler has decided for everybody',
      isLasting: true,
      isThere: (all) => all.every((pod) => this.#meant.has(pod.metadata.name) || isDecided(pod)),
    });
  }

  /** The pods, when they are as they should be. Those that have to go for others end meanwhile, and are made anew. */
  async until({ what, isThere, tend, isLasting = false }: AwaitedPods): Promise<KubeObject[]> {
    let all: readonly KubeObject[] = [];
    let [times, isIdle] = [0, true];
    await eventually({
      what,
      everyMs: EVERY_MS,
      look: async () => {
        await this.#cluster.scheduler.check();
        isIdle = !isLasting || (await this.#cluster.scheduler.isIdle());
        all = await this.#cluster.list('Pod');
        for (const pod of all.filter((one) => isEnding(one) && !this.#meant.has(one.metadata.name)))
          await this.leave(pod);
        await tend?.(all);
        return all.map(describe);
      },
      until: () => (times = isIdle && isThere(all) ? times + 1 : 0) >= (isLasting ? looksFor(all) : 1),
    });
    return [...all];
  }
}

/** What is waited for. */
export interface AwaitedPods {
  /** Completes "waited in vain until …". */
  readonly what: string;
  readonly isThere: (pods: readonly KubeObject[]) => boolean;
  /** Waits as well until the scheduler has tried all pods that could be helped by what has happened. */
  readonly isLasting?: boolean;
  /** Does what has to be done meanwhile, once for each look. */
  readonly tend?: (pods: readonly KubeObject[]) => Promise<void>;
}

/** The node of a pod; empty while it waits. */
export function nodeOf(pod: KubeObject): string {
  return (pod['spec'] as { nodeName?: string }).nodeName ?? '';
}

/** Whether a pod is over or belongs to its node: nobody looks for a place for it. */
export function needsNoPlace(pod: KubeObject): boolean {
  const { phase } = statusOf(pod);
  return phase === 'Succeeded' || wantedNodeOf(pod) !== '';
}

/** The node that a DaemonSet's pod or a kubelet's is for; empty for all others. */
export function wantedNodeOf({ metadata: { name } }: KubeObject): string {
  return /^(?:daemon|static)-(?<node>.+)$/u.exec(name)?.groups?.['node'] ?? '';
}

/** Whether its controller has made the next one as soon as it was asked to end. */
export function isReplacedAtOnce(pod: KubeObject): boolean {
  return (pod.metadata['ownerReferences'] as { kind: string }[]).some(({ kind }) => kind === 'ReplicaSet');
}

/** Whether it was asked to end. */
export function isEnding(pod: KubeObject): boolean {
  return pod.metadata['deletionTimestamp'] !== undefined;
}

/**
 * How often it has to look the same: what the scheduler has decided it does a moment later. One for which others had to go may be forgotten for five
 * minutes when they have.
 */
function looksFor(pods: readonly KubeObject[]): number {
  return pods.some((pod) => nodeOf(pod) === '' && statusOf(pod).nominatedNodeName !== undefined) ? 30 : 2;
}

/** The scheduler found no place. */
function isRefused(pod: KubeObject): boolean {
  const { conditions = [] } = statusOf(pod);
  return conditions.some(({ type, status }) => type === 'PodScheduled' && status === 'False');
}

function statusOf(pod: KubeObject) {
  return (pod['status'] ?? {}) as {
    phase?: string;
    nominatedNodeName?: string;
    conditions?: { type: string; status: string; message?: string }[];
  };
}

/** What a person wants to know of a pod that is not where it should be. */
function describe(pod: KubeObject): string {
  const { conditions = [], nominatedNodeName = '' } = statusOf(pod);
  const why = conditions.find(({ type }) => type === 'PodScheduled')?.message ?? '';
  const place = nodeOf(pod) === '' ? `waits for a node ${nominatedNodeName} ${why}` : `is on ${nodeOf(pod)}`;
  return `${pod.metadata.name} ${place}${isEnding(pod) ? ' and is ending' : ''}`;
}
