import { compare } from '../view/compare.ts';
import { type Selector, selects } from '../view/label-selector.ts';
import type { BudgetRecord } from '../view/budget-record.ts';
import type { PodRecord } from '../view/pod-record.ts';

/** What is wrong with a disruption budget. */
export type BudgetProblemCode = 'never_satisfiable' | 'selects_nothing' | 'overlap' | 'stale' | 'unknown_selector';

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

/** What is wrong with the budgets of a cluster, in the order of their names. Pods that are over are not protected by any. */
export function judgeBudgets(budgets: readonly BudgetRecord[], pods: readonly PodRecord[]): BudgetProblem[] {
  const podsOf = Map.groupBy(
    pods.filter(({ isOver }) => !isOver),
    ({ namespace }) => namespace,
  );
  const budgetsOf = Map.groupBy(budgets, ({ namespace }) => namespace);
  return budgets
    .toSorted((a, b) => compare(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`))
    .flatMap((budget) => {
      const { namespace, name } = budget;
      const mine = (podsOf.get(namespace) ?? []).filter(({ labels }) => selects(budget.selector, labels));
      const neighbours = (budgetsOf.get(namespace) ?? []).filter((other) => other !== budget);
      return problemsOf(budget, mine, neighbours).map(([code, detail]) => ({ code, namespace, name, detail }));
    });
}

function problemsOf(
  budget: BudgetRecord,
  mine: readonly PodRecord[],
  neighbours: readonly BudgetRecord[],
): (readonly [code: BudgetProblemCode, detail: string])[] {
  if (budget.unknown.length > 0) return [['unknown_selector', budget.unknown.join(', ')]];
  const problems: (readonly [code: BudgetProblemCode, detail: string])[] = [];
  if (mine.length === 0) problems.push(['selects_nothing', describe(budget.selector)]);
  const other = neighbours.find(({ selector }) => mine.some(({ labels }) => selects(selector, labels)));
  if (other !== undefined) problems.push(['overlap', other.name]);
  if (!budget.isCurrent) problems.push(['stale', '']);
  else if (neverAllows(budget)) problems.push(['never_satisfiable', wordsOf(budget)]);
  return problems;
}

/** By the controller's own arithmetic: what it wants healthy is all that it expects, at least one of which there is. */
function neverAllows({ expectedPods, desiredHealthy }: BudgetRecord): boolean {
  return expectedPods > 0 && desiredHealthy >= expectedPods;
}

function wordsOf({ minAvailable, maxUnavailable, expectedPods, desiredHealthy }: BudgetRecord): string {
  const rule = minAvailable === undefined ? `maxUnavailable ${maxUnavailable ?? ''}` : `minAvailable ${minAvailable}`;
  return `${rule} means ${desiredHealthy} of ${expectedPods} pods`;
}

function describe(selector: Selector | undefined): string {
  if (selector === undefined) return 'it has no selector';
  return selector
    .map(({ key, operator, values }) => (operator === 'In' ? `${key}=${values.join('|')}` : `${key} ${operator}`))
    .join(', ');
}
