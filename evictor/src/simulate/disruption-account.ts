import { selects } from '../view/label-selector.ts';
import type { BudgetRecord } from '../view/budget-record.ts';
import type { PodRecord } from '../view/pod-record.ts';
import { compareText } from '@castai/shared/compare-text.ts';
import { nameOf } from './placement.ts';
import type { Blocker, ReasonCode } from './reason.ts';

/** What a removal takes from budgets: how often each is used. */
export type Withdrawal = ReadonlyMap<BudgetRecord, number>;

/** Disruptions that budgets allow, and what plans have taken of them: one account for all moves. */
export class DisruptionAccount {
  readonly #byNamespace: ReadonlyMap<string, readonly BudgetRecord[]>;
  readonly #taken = new Map<BudgetRecord, number>();
  /** By labels, which pods of a template share, and namespace. */
  readonly #over = new WeakMap<PodRecord['labels'], Map<string, readonly BudgetRecord[]>>();

  constructor(budgets: readonly BudgetRecord[]) {
    const ordered = budgets.toSorted((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
    this.#byNamespace = Map.groupBy(ordered, ({ namespace }) => namespace);
  }

  /** What evicting these pods takes, or why the API server would refuse one of them. Takes nothing yet. */
  ask(pods: readonly PodRecord[]): { readonly blockers: Blocker[]; readonly withdrawal: Withdrawal } {
    const withdrawal = new Map<BudgetRecord, number>();
    const blockers: Blocker[] = [];
    for (const pod of pods) {
      const budgets = this.over(pod);
      const [budget] = budgets;
      if (budget === undefined) continue;
      if (budgets.length === 1 && isFree(pod, budget)) continue;
      const used = (this.#taken.get(budget) ?? 0) + (withdrawal.get(budget) ?? 0);
      const code = refusalOf(budgets, budget, used);
      if (code === undefined) withdrawal.set(budget, (withdrawal.get(budget) ?? 0) + 1);
      else blockers.push({ code, pod: nameOf(pod), detail: detailOf(code, budgets) });
    }
    return { blockers, withdrawal };
  }

  /** Takes what was asked for. */
  take(withdrawal: Withdrawal): void {
    for (const [budget, count] of withdrawal) this.#taken.set(budget, (this.#taken.get(budget) ?? 0) + count);
  }

  /** The budgets that a pod is under. A budget that cannot be read is taken for one. */
  over({ namespace, labels }: Pick<PodRecord, 'namespace' | 'labels'>): readonly BudgetRecord[] {
    let known = this.#over.get(labels);
    if (known === undefined) this.#over.set(labels, (known = new Map()));
    let found = known.get(namespace);
    if (found === undefined) {
      const all = this.#byNamespace.get(namespace) ?? [];
      found = all.filter(({ selector, unknown }) => selects(selector, labels) || unknown.length > 0);
      known.set(namespace, found);
    }
    return found;
  }
}

/** Why the API server refuses to evict a pod that is under these budgets, whose first has been used so often by now. */
function refusalOf(budgets: readonly BudgetRecord[], first: BudgetRecord, used: number): ReasonCode | undefined {
  if (budgets.length > 1) return 'pdb_overlap';
  if (isStale(first)) return 'pdb_stale';
  return used >= first.disruptionsAllowed ? 'pdb_no_budget' : undefined;
}

function detailOf(code: ReasonCode, budgets: readonly BudgetRecord[]): string {
  const names = budgets.map(nameOf).join(', ');
  const [first] = budgets;
  return code === 'pdb_no_budget' && first
    ? `${names} allows ${first.disruptionsAllowed}, and this is one more`
    : names;
}

/** One that cannot be worked out is never looked at again: that it allows nothing is what there is to know. */
function isStale({ isCurrent, syncFailure, disruptionsAllowed }: BudgetRecord): boolean {
  return !isCurrent && (syncFailure === undefined || disruptionsAllowed > 0);
}

/** Pods that are not ready may go where the policy says so, or while the budget's other pods are enough. (policy/v1, eviction.go) */
function isFree(
  { isReady }: PodRecord,
  { letsUnhealthyGo, currentHealthy, desiredHealthy, isCurrent }: BudgetRecord,
): boolean {
  if (isReady) return false;
  return letsUnhealthyGo || (isCurrent && desiredHealthy > 0 && currentHealthy >= desiredHealthy);
}
