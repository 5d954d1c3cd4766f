import { selects } from '../view/label-selector.ts';
import type { Labels } from '../view/parts.ts';
import type { PodRecord } from '../view/pod-record.ts';
import type { WorkloadRecord } from '../view/workload-record.ts';
import { nameOf } from './placement.ts';
import type { Blocker, ReasonCode } from './reason.ts';
import type { EvictionRule, RemovalPolicy } from './removal-policy.ts';

/** What is known beside the pod. */
export interface PodContext {
  readonly policy: RemovalPolicy;
  /** Of the node that it is on: a rule for nodes speaks of the pods there as well. */
  readonly nodeLabels: Labels;
  /** Controllers by uid. */
  readonly workloads: ReadonlyMap<string, WorkloadRecord>;
  /** Why its volumes let nothing be concluded. */
  readonly volumeProblems: (pod: PodRecord) => readonly string[];
}

/** What becomes of a pod when its node goes. */
export type PodFate =
  /** It ends with the node and needs no other place. */
  | { readonly is: 'ends' }
  | { readonly is: 'moves' }
  /** Everything that stands in its way: who clears the first of it should not meet the next one then. */
  | { readonly is: 'blocks'; readonly blockers: readonly Blocker[] };

/**
 * Whether a pod may be moved. What is said first decides: a mark to stay, a mark or rule that it is disposable, a rule to be aggressive,
 * the mode. No mark and no mode moves what cannot be placed by what is known.
 */
export function judgePod(pod: PodRecord, context: PodContext): PodFate {
  // One that is over takes no place; one that is ending and was replaced already is gone before the node is.
  if (pod.isOver || pod.isOfNode || (pod.isEnding && !isReplacedLater(pod, context.workloads))) return { is: 'ends' };
  const rules = context.policy.rules.filter((rule) => isAbout(rule, pod, context));
  const says = (setting: EvictionRule['setting']): boolean => rules.some((rule) => rule.setting === setting);
  const isDisposable = pod.marks.isDisposable || says('disposable');
  const isAggressive = context.policy.isAggressive || says('aggressive');
  const against: Against[] = [];
  if (pod.marks.removalDisabled !== undefined)
    against.push({ code: 'pod_removal_disabled', detail: pod.marks.removalDisabled });
  if (!isDisposable && rules.some(keepsPods)) against.push({ code: 'rule_keeps_pod', detail: 'removalDisabled' });
  against.push(...pod.demand.refusals);
  against.push(...context.volumeProblems(pod).map((detail) => ({ code: 'volume_unknown' as const, detail })));
  if (!isDisposable) against.push(...standsInTheWay(pod, { context, isAggressive }));
  if (against.length === 0) return { is: 'moves' };
  return { is: 'blocks', blockers: against.map(({ code, detail }) => ({ code, pod: nameOf(pod), detail })) };
}

type Against = Omit<Blocker, 'pod'>;

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
  { owner, claims, demand }: PodRecord,
  { context, isAggressive }: { context: PodContext; isAggressive: boolean },
): Against[] {
  // What is kept on the node or in a volume is at stake in every mode.
  const kept: Against[] = [
    ...(claims.length > 0 ? [{ code: 'volume_claim' as const, detail: claims.join(', ') }] : []),
    ...(demand.hasLocalStorage ? [{ code: 'local_storage' as const, detail: 'hostPath' }] : []),
  ];
  const code = isAggressive ? undefined : againstController(owner, context.workloads);
  return code === undefined
    ? kept
    : [...kept, { code, detail: owner === undefined ? '' : `${owner.kind} ${owner.name}` }];
}

function againstController(owner: PodRecord['owner'], workloads: PodContext['workloads']): ReasonCode | undefined {
  if (owner === undefined) return 'bare_pod';
  if (owner.kind === 'StatefulSet') return 'statefulset';
  if (owner.kind === 'Job') return 'job';
  if (!REPLACED_AT_ONCE.has(owner.kind)) return 'unknown_controller';
  // Of a controller of which nothing is known nobody can say that it has a second pod.
  return (workloads.get(owner.uid)?.replicas ?? 0) < 2 ? 'single_replica' : undefined;
}

const REPLACED_AT_ONCE: ReadonlySet<string> = new Set(['ReplicaSet', 'ReplicationController']);

function isAbout({ match }: EvictionRule, pod: PodRecord, { workloads, nodeLabels }: PodContext): boolean {
  if (match.is === 'node') return selects(match.selector, nodeLabels);
  if (match.namespace !== undefined && match.namespace !== pod.namespace) return false;
  if (match.kind !== undefined && !kindsOf(pod).includes(match.kind)) return false;
  const replicas = pod.owner === undefined ? 0 : (workloads.get(pod.owner.uid)?.replicas ?? 0);
  if (match.replicasMin !== undefined && replicas < match.replicasMin) return false;
  return selects(match.selector, pod.labels);
}

/** A node that a rule keeps says so itself. */
function keepsPods({ match, setting }: EvictionRule): boolean {
  return match.is === 'pod' && setting === 'removalDisabled';
}

/** Nobody writes `ReplicaSet` into a rule who means the pods of a Deployment. */
function kindsOf({ owner }: PodRecord): string[] {
  if (owner === undefined) return ['Pod'];
  return owner.kind === 'ReplicaSet' ? ['ReplicaSet', 'Deployment'] : [owner.kind];
}
