/** Disruption budgets that let no pod go: a node under them can neither be drained nor upgraded. */
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { type LintRule, objectRule } from './lint-rule.ts';
import { numberAt, numberOrTextAt, partAt } from './read-part.ts';

export const BUDGET_RULES: readonly LintRule[] = [
  objectRule(
    'podDisruptionBudget',
    { id: 'pdb-max-unavailable', finding: 'the disruption budget lets no pod be away' },
    (budget) => {
      const most = numberOrTextAt(partAt(budget, 'spec'), 'maxUnavailable');
      return most !== undefined && (typeof most === 'number' ? most : percentOf(most)) === 0;
    },
  ),
  objectRule(
    'podDisruptionBudget',
    { id: 'pdb-min-available', finding: 'the disruption budget wants as many pods as there are' },
    wantsAll,
  ),
];

/** What is no percentage counts as 0: kube-linter calls it invalid, and the budget's controller lets nothing go either. */
function percentOf(text: string): number {
  return Number(/^(\d{1,9})%$/.exec(text)?.[1] ?? 0);
}

/**
 * kube-linter compares with the replicas that it finds in the same files. In a cluster the budget's controller has counted them, with
 * its own rounding.
 */
function wantsAll(budget: KubeObject): boolean {
  const least = numberOrTextAt(partAt(budget, 'spec'), 'minAvailable');
  if (least === undefined) return false;
  if (typeof least === 'string' && (percentOf(least) === 100 || !least.endsWith('%'))) return true;
  const status = partAt(budget, 'status');
  const expected = numberAt(status, 'expectedPods') ?? 0;
  return expected > 0 && (numberAt(status, 'desiredHealthy') ?? 0) >= expected;
}
