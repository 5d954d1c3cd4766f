import { selects } from '../view/label-selector.ts';
import type { PodRecord } from '../view/pod-record.ts';
import type { WorkloadRecord } from '../view/workload-record.ts';
import { nameOf } from './placement.ts';
import type { Blocker, ReasonCode } from './reason.ts';
import type { EvictionRule, RemovalPolicy } from './removal-policy.ts';

/** What is known beside the pod. */
export interface PodContext {
  readonly policy: RemovalPolicy;
  /** Controllers by uid. */
  readonly workloads: ReadonlyMap<string, WorkloadRecord>;
  /** Why its volumes let nothing be concluded. */
  readonly volumeProblem: (pod: PodRecord) => string | undefined;
}

/** What becomes of a pod when its node goes. */
export type PodFate =
  /** It ends with the node and needs no other place. */
  { readonly is: 'ends' } | { readonly is: 'moves' } | { readonly is: 'blocks'; readonly blocker: Blocker };

/**
 * Whether a pod may be moved. What is said first decides: a mark to stay, a mark or rule that it is disposable, a rule to be aggressive,
 * the mode. No mark and no mode moves what cannot be placed by what is known.
 */
export function judgePod(pod: PodRecord, context: PodContext): PodFate {
  // One that is over takes no place; one that is ending and was replaced already is gone before the node is.
  if (pod.isOver || pod.isOfNode || (pod.isEnding && !isReplacedLater(pod, context.workloads))) return { is: 'ends' };
  const rules = context.policy.rules.filter((rule) => isAbout(rule, pod, context));
  const says = (setting: EvictionRule['setting']): boolean => rules.some((rule) => rule.setting === setting);
  if (pod.marks.removalDisabled !== undefined) return blocks(pod, 'pod_removal_disabled', pod.marks.removalDisabled);
  const isDisposable = pod.marks.isDisposable || says('disposable');
  if (!isDisposable && says('removalDisabled')) return blocks(pod, 'rule_keeps_pod', 'removalDisabled');
  const [refusal] = pod.demand.refusals;
  if (refusal !== undefined) return blocks(pod, refusal.code, refusal.detail);
  const volumeProblem = context.volumeProblem(pod);
  if (volumeProblem !== undefined) return blocks(pod, 'volume_unknown', volumeProblem);
  if (isDisposable) return { is: 'moves' };
  const against = standsInTheWay(pod, { context, isAggressive: context.policy.isAggressive || says('aggressive') });
  return against === undefined ? { is: 'moves' } : blocks(pod, against.code, against.detail);
}

/**
 * Whether somebody will make a pod anew when it is gone, and not before: StatefulSets do, some Jobs, and whoever is not known to do
 * otherwise, such as a Deployment that recreates, whose ReplicaSet wants none any more.
 */
export function isReplacedLater({ owner }: PodRecord, workloads: PodContext['workloads']): boolean {
  if (owner === undefined) return false;
  return !REPLACED_AT_ONCE.has(owner.kind) || !workloads.has(owner.uid);
}

/** What its controller, its storage or its state have against it. */
function standsInTheWay(
  pod: PodRecord,
  { context, isAggressive }: { context: PodContext; isAggressive: boolean },
): { code: ReasonCode; detail: string } | undefined {
  const { owner } = pod;
  // What is kept on the node or in a volume is at stake in every mode.
  if (pod.claims.length > 0) return { code: 'volume_claim', detail: pod.claims.join(', ') };
  if (pod.demand.hasLocalStorage) return { code: 'local_storage', detail: 'hostPath' };
  if (isAggressive) return undefined;
  if (owner === undefined) return { code: 'bare_pod', detail: '' };
  const detail = `${owner.kind} ${owner.name}`;
  if (owner.kind === 'StatefulSet') return { code: 'statefulset', detail };
  if (owner.kind === 'Job') return { code: 'job', detail };
  if (!REPLACED_AT_ONCE.has(owner.kind)) return { code: 'unknown_controller', detail };
  // Of a controller of which nothing is known nobody can say that it has a second pod.
  const replicas = context.workloads.get(owner.uid)?.replicas ?? 0;
  if (replicas < 2) return { code: 'single_replica', detail };
  return undefined;
}

const REPLACED_AT_ONCE: ReadonlySet<string> = new Set(['ReplicaSet', 'ReplicationController']);

function isAbout({ match }: EvictionRule, pod: PodRecord, { workloads }: PodContext): boolean {
  if (match.is !== 'pod') return false;
  if (match.namespace !== undefined && match.namespace !== pod.namespace) return false;
  if (match.kind !== undefined && !kindsOf(pod).includes(match.kind)) return false;
  const replicas = pod.owner === undefined ? 0 : (workloads.get(pod.owner.uid)?.replicas ?? 0);
  if (match.replicasMin !== undefined && replicas < match.replicasMin) return false;
  return selects(match.selector, pod.labels);
}

/** Nobody writes `ReplicaSet` into a rule who means the pods of a Deployment. */
function kindsOf({ owner }: PodRecord): string[] {
  if (owner === undefined) return ['Pod'];
  return owner.kind === 'ReplicaSet' ? ['ReplicaSet', 'Deployment'] : [owner.kind];
}

function blocks(pod: PodRecord, code: ReasonCode, detail: string): PodFate {
  return { is: 'blocks', blocker: { code, pod: nameOf(pod), detail } };
}
