import { counted } from '../view/counted.ts';
import { compareText } from '@castai/shared/compare-text.ts';
import { type Selector, selects } from '../view/label-selector.ts';
import type { BudgetRecord } from '../view/budget-record.ts';
import type { PodRecord } from '../view/pod-record.ts';

/** What is wrong with a disruption budget. */
export type BudgetProblemCode =
  | 'never_satisfiable'
  | 'not_counted'
  | 'selects_nothing'
  | 'overlap'
  | 'stale'
  | 'unknown_selector';

/** A budget that keeps nodes for ever, or does nothing. */
export interface BudgetProblem {
  readonly code: BudgetProblemCode;
  readonly namespace: string;
  readonly name: string;
  /** The numbers, or the other budget. */
  readonly detail: string;
}

/** What each problem means and what to do about it. */
export const BUDGET_PROBLEMS: Readonly<Record<BudgetProblemCode, { readonly words: string; readonly cure: string }>> = {
  never_satisfiable: {
    words: 'It allows no disruption even while all of its pods are healthy.',
    cure: 'Lower minAvailable or raise maxUnavailable, or add a replica.',
  },
  not_counted: {
    words: 'Kubernetes cannot count its pods, so it allows no disruption.',
    cure: 'Give its pods controllers with replicas, or write minAvailable as a number.',
  },
  selects_nothing: {
    words: 'It selects no pod, so it protects nothing.',
    cure: 'Compare its selector with the labels of the pods, or delete it.',
  },
  overlap: {
    words: 'A pod is under this budget and another one: the API server refuses every eviction.',
    cure: 'Let one budget select it.',
  },
  stale: {
    words: 'Its status is older than itself, so what it allows is not known.',
    cure: 'See whether the controller manager works.',
  },
  unknown_selector: {
    words: 'Its selector says something that this version does not know.',
    cure: 'Use a newer version of the evictor.',
  },
};

/**
 * What is wrong with the budgets of a cluster, in the order of their names. Pods that are over are not protected by any. Labels are looked
 * at once for all pods that have them.
 */
export function judgeBudgets(budgets: readonly BudgetRecord[], pods: readonly PodRecord[]): BudgetProblem[] {
  const labelsOf = new Map<string, Set<PodRecord['labels']>>();
  for (const { isOver, namespace, labels } of pods) {
    if (isOver) continue;
    const inside = labelsOf.get(namespace) ?? new Set();
    labelsOf.set(namespace, inside.add(labels));
  }
  const ordered = budgets.toSorted((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
  const bareIn = Map.groupBy(pods.filter(isBare), ({ namespace }) => namespace);
  return [...Map.groupBy(ordered, ({ namespace }) => namespace)].flatMap(([namespace, here]) => {
    const over = overlaps(here, labelsOf.get(namespace) ?? new Set());
    const bare = bareIn.get(namespace) ?? [];
    return here.flatMap((budget) =>
      problemsOf(budget, { others: over.get(budget), bare }).map(([code, detail]) => ({
        code,
        namespace,
        name: budget.name,
        detail,
      })),
    );
  });
}

/** By budget: those that select a pod which it selects, too. A budget that selects nothing is missing. */
function overlaps(
  budgets: readonly BudgetRecord[],
  labels: ReadonlySet<PodRecord['labels']>,
): Map<BudgetRecord, ReadonlySet<BudgetRecord>> {
  const over = new Map<BudgetRecord, Set<BudgetRecord>>();
  for (const one of labels) {
    const selecting = budgets.filter(({ selector }) => selects(selector, one));
    for (const budget of selecting) {
      const others = over.get(budget) ?? new Set();
      for (const other of selecting) if (other !== budget) others.add(other);
      over.set(budget, others);
    }
  }
  return over;
}

function problemsOf(
  budget: BudgetRecord,
  { others, bare }: { others: ReadonlySet<BudgetRecord> | undefined; bare: readonly PodRecord[] },
): (readonly [code: BudgetProblemCode, detail: string])[] {
  if (budget.unknown.length > 0) return [['unknown_selector', budget.unknown.join(', ')]];
  const problems: (readonly [code: BudgetProblemCode, detail: string])[] = [];
  if (others === undefined) problems.push(['selects_nothing', describe(budget.selector)]);
  const [first] = [...(others ?? [])].toSorted((a, b) => compareText(a.name, b.name));
  if (first !== undefined) problems.push(['overlap', first.name]);
  const uncounted = whyNotCounted(budget, bare);
  if (uncounted !== undefined) problems.push(['not_counted', uncounted]);
  else if (!budget.isCurrent) problems.push(['stale', '']);
  else if (neverAllows(budget)) problems.push(['never_satisfiable', wordsOf(budget)]);
  return problems;
}

/**
 * Shares and maxUnavailable are counted by the controllers of the pods: of a kind without replicas the controller manager fails, and pods without
 * any it passes over. (kubernetes/kubernetes, disruption.go, getExpectedPodCount)
 */
function whyNotCounted(
  { syncFailure, isCurrent, expectedPods, selector }: BudgetRecord,
  bare: readonly PodRecord[],
): string | undefined {
  if (syncFailure !== undefined) return syncFailure;
  if (!isCurrent || expectedPods > 0) return undefined;
  const one = bare.find(({ labels }) => selects(selector, labels));
  return one && `the pod ${one.name} has no controller, and no other pod counts`;
}

/** Nobody says how many there should be of a pod that nobody has made. */
function isBare({ isOver, isEnding, owner }: PodRecord): boolean {
  return !isOver && !isEnding && owner === undefined;
}

/** By the controller's own arithmetic: what it wants healthy is all that it expects, at least one of which there is. */
function neverAllows({ expectedPods, desiredHealthy }: BudgetRecord): boolean {
  return expectedPods > 0 && desiredHealthy >= expectedPods;
}

function wordsOf({ minAvailable, maxUnavailable, expectedPods, desiredHealthy }: BudgetRecord): string {
  const rule = minAvailable === undefined ? `maxUnavailable ${maxUnavailable ?? ''}` : `minAvailable ${minAvailable}`;
  return `${rule} means ${desiredHealthy} of ${counted(expectedPods, 'pod')}`;
}

function describe(selector: Selector | undefined): string {
  if (selector === undefined) return 'it has no selector';
  return selector
    .map(({ key, operator, values }) => (operator === 'In' ? `${key}=${values.join('|')}` : `${key} ${operator}`))
    .join(', ');
}
