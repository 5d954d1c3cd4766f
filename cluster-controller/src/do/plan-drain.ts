import type { DrainOutcome, DrainPolicy, HeldPod } from '@castai/shared/drain/drain-signals.ts';
import type { HoldReason } from '@castai/shared/drain/classify-eviction.ts';
import type { AckCode, ActionOutcome } from '../ack/ack-code.ts';
import type { DrainNode } from '../poll/action.ts';

/** How long pods that are deleted past their budgets have to end: their own grace, and what a node needs to say so. */
export const FORCE_MS = 300_000;
/** How much later than its timeout an action may come before it is not begun: the platform's clock and ours differ by minutes. */
const LATENESS_MS = 600_000;
const MOST_NAMED = 20;

/** How a drain goes, given how long it has been under way: what a process before has used is used. */
export function planDrain({ timeoutMs, force }: DrainNode, spentMs: number): DrainPolicy {
  const limitMs = Math.min(timeoutMs, Math.max(0, timeoutMs - spentMs));
  return { awaitsEnd: true, limitMs, ...(force ? { force: { limitMs: FORCE_MS } } : {}) };
}

/** Whether an action came so late that nobody waits for it any more, whatever the clocks say. */
export function isTooLate(createdAtMs: number | undefined, timeoutMs: number, nowMs: number): boolean {
  return createdAtMs !== undefined && nowMs - createdAtMs > timeoutMs + LATENESS_MS;
}

/** What a drain of which something is left came to, or that nothing is: the code of what most needs somebody, and each pod with why. */
export function drainOutcome(
  outcome: Exclude<DrainOutcome, 'stopped'>,
  held: readonly HeldPod[],
  { timeoutMs, forced }: { readonly timeoutMs: number; readonly forced: number },
): ActionOutcome {
  const byForce = forced === 0 ? '' : `; ${forced} pods were deleted past their budgets`;
  if (outcome === 'drained') return { is: 'done', detail: `all pods that can have left${byForce}` };
  if (held.length === 0) {
    const after = `after ${timeoutMs / 1000} s no list of the pods of the node has said that none is left`;
    return { is: 'failed', code: 'unavailable', detail: `${after}; the node stays cordoned${byForce}` };
  }
  const names = held.slice(0, MOST_NAMED).map(({ namespace, name, reason, detail }) => {
    const words = detail === '' ? '' : `: ${detail}`;
    return `${namespace}/${name} (${reason}${words})`;
  });
  const more = held.length > MOST_NAMED ? [`and ${held.length - MOST_NAMED} more`] : [];
  const pods = [...names, ...more].join(', ');
  return {
    is: 'failed',
    code: codeOf(held),
    detail: `after ${timeoutMs / 1000} s ${held.length} pods are left: ${pods}; the node stays cordoned${byForce}`,
  };
}

/** In this order: what only a person can change comes first. */
const CODES: readonly (readonly [HoldReason, AckCode])[] = [
  ['forbidden', 'forbidden'],
  ['unauthorized', 'forbidden'],
  ['budget', 'pdb_blocked'],
  ['refused', 'unavailable'],
  ['unreachable', 'unavailable'],
  ['busy', 'unavailable'],
];

function codeOf(held: readonly HeldPod[]): AckCode {
  const reasons = new Set(held.map(({ reason }) => reason));
  return CODES.find(([reason]) => reasons.has(reason))?.[1] ?? 'timeout';
}
