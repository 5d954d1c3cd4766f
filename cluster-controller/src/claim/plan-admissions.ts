import type { Action, ActionKind } from '../poll/action.ts';
import { inOrder, isRead, laneOf } from './lane.ts';

/** How many actions may be under way. */
export interface Caps {
  readonly all: number;
  /** Absent: as many as all. */
  readonly ofKind: Partial<Readonly<Record<ActionKind, number>>>;
}

/** An action that is not over. */
export interface OpenAction {
  readonly action: Action;
  /** It has been let go; else it waits. */
  readonly isUnderWay: boolean;
  /** Since when it waits, in the own monotonic milliseconds. */
  readonly waitingSinceMs: number;
}

/** Why an action waits. Closed: a label. */
export const WAIT_REASONS = ['lane', 'cap', 'kind_cap', 'paused'] as const;

/** One of the reasons. */
export type WaitReason = (typeof WAIT_REASONS)[number];

/** What is to be done about the actions that wait. */
export interface Admissions {
  /** Those whose turn it is, in this order. */
  readonly admitted: readonly Action[];
  /** How many wait, and since when the one that waits longest does, by reason; absent: nobody. */
  readonly waiting: Readonly<Record<WaitReason, { readonly count: number; readonly sinceMs: number | undefined }>>;
}

/** Actions that only look may hold at most this share of all places: they wait for minutes, and what acts must not wait for them. */
const READ_SHARE = 0.5;

/**
 * Whose turn it is: in the order in which the platform made them, as long as there are places, and behind whatever came before in the
 * same lane.
 *
 * An action that only looks waits for those that act before it, because it asks what came of them; nobody waits for it. One that was made
 * before one that is under way (it came late) waits for that one: two at once would be worse than the wrong order.
 *
 * What has no place keeps its lane: if a later one of the lane were let go, it would overtake.
 */
export function planAdmissions(
  open: readonly OpenAction[],
  { caps, isPaused }: { readonly caps: Caps; readonly isPaused: boolean },
): Admissions {
  const underWay = open.filter(({ isUnderWay }) => isUnderWay).map(({ action }) => action);
  const places = new Places(caps, underWay);
  const busy = new Set(underWay.filter((action) => !isRead(action)).map(({ body }) => laneOf(body)));
  busy.delete(undefined);
  const admitted: Action[] = [];
  const waits: { readonly reason: WaitReason; readonly sinceMs: number }[] = [];
  const waiting = open.filter(({ isUnderWay }) => !isUnderWay).toSorted((a, b) => inOrder(a.action, b.action));
  for (const { action, waitingSinceMs: sinceMs } of waiting) {
    const lane = laneOf(action.body);
    const reason = isPaused ? 'paused' : lane !== undefined && busy.has(lane) ? 'lane' : places.take(action);
    if (reason === undefined) admitted.push(action);
    else waits.push({ reason, sinceMs });
    if (lane !== undefined && !isRead(action)) busy.add(lane);
  }
  return { admitted, waiting: countWaits(waits) };
}

/** The places that are left. */
class Places {
  readonly #caps: Caps;
  readonly #ofKind = new Map<ActionKind, number>();
  #all = 0;
  #reads = 0;

  constructor(caps: Caps, underWay: readonly Action[]) {
    this.#caps = caps;
    for (const action of underWay) this.#count(action);
  }

  /** Takes a place for an action, or says why there is none. */
  take(action: Action): WaitReason | undefined {
    const { all, ofKind } = this.#caps;
    const { kind } = action.body;
    if (this.#all >= all) return 'cap';
    if (isRead(action) && this.#reads >= Math.max(1, Math.floor(all * READ_SHARE))) return 'cap';
    if ((this.#ofKind.get(kind) ?? 0) >= (ofKind[kind] ?? all)) return 'kind_cap';
    this.#count(action);
    return undefined;
  }

  #count(action: Action): void {
    const { kind } = action.body;
    this.#all += 1;
    if (isRead(action)) this.#reads += 1;
    this.#ofKind.set(kind, (this.#ofKind.get(kind) ?? 0) + 1);
  }
}

function countWaits(
  waits: readonly { readonly reason: WaitReason; readonly sinceMs: number }[],
): Admissions['waiting'] {
  const of = (reason: WaitReason): { count: number; sinceMs: number | undefined } => {
    const times = waits.filter((one) => one.reason === reason).map(({ sinceMs }) => sinceMs);
    return { count: times.length, sinceMs: times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b)) };
  };
  return { lane: of('lane'), cap: of('cap'), kind_cap: of('kind_cap'), paused: of('paused') };
}
