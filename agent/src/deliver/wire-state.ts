/**
 * Which of two wires is spoken with the platform, as a pure machine: ours is asked for first, and what is answered tells.
 *
 *     asking ─taken─▶ speaking ─refused for `PATIENCE_MS`─▶ asking (the other one)
 *       └─ refused: asking (the other one)
 *
 * Ways back to another request, and what paces them:
 *
 * | from | why | what is done | paced by |
 * |---|---|---|---|
 * | asking | 404, 405, 415 or a page: nobody speaks this wire there | the other wire | the first time at once, then 1 min doubling to 30 |
 * | speaking | the same | the other wire | only after five minutes of nothing else |
 * | both, on the second wire | a day has passed | one open of ours is asked for | once a day |
 */
import { unreachable } from '@castai/shared/errors.ts';
import type { Step } from '@castai/shared/async/machine.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';

/** The platform's own protocol, and the public API that other receivers have. */
export type Wire = 'ingest' | 'agent-deltas';

/** Where the choice is. Instants are monotonic milliseconds. */
export interface WireState {
  readonly phase: 'asking' | 'speaking';
  readonly wire: Wire;
  readonly sinceMs: number;
  /** Changes since a wire was last spoken. */
  readonly changes: number;
  /** Since when the platform has refused nothing but the wire itself; undefined: it does not. */
  readonly refusedSinceMs: number | undefined;
}

/** What happens. */
export type WireInput =
  | { readonly type: 'taken'; readonly nowMs: number }
  | { readonly type: 'refused'; readonly verdict: Verdict; readonly nowMs: number }
  /** A day has passed on the second wire. */
  | { readonly type: 'dayPassed' }
  /** Whether an open of ours was taken that was only a question. */
  | { readonly type: 'answered'; readonly isSpoken: boolean; readonly nowMs: number };

/** What has to be done. */
export type WireCommand =
  | { readonly type: 'change'; readonly wire: Wire }
  /** Ask whether the platform speaks ours by now. */
  | { readonly type: 'ask' }
  /** Say `dayPassed` in a day. */
  | { readonly type: 'waitADay' };

/** How long a wire that was spoken has to be refused until it is given up: a front door that is rolled out anew says 404 for a minute. */
const PATIENCE_MS = 5 * 60_000;
const DISTANCE_MS = { first: 60_000, longest: 30 * 60_000 };

/** Begins with one of the two. */
export function askFor(wire: Wire, nowMs: number): WireState {
  return { phase: 'asking', wire, sinceMs: nowMs, changes: 0, refusedSinceMs: undefined };
}

/** Whether an answer says that nobody speaks this wire there. */
export function meansOtherWire(verdict: Verdict): boolean {
  if (verdict.kind === 'UNSUPPORTED_ENCODING') return verdict.next === undefined;
  if (verdict.kind !== 'INTERFERENCE') return false;
  return verdict.isPage === true || verdict.status === 404 || verdict.status === 405;
}

/** The machine. Total. */
export function stepWire(state: WireState, input: WireInput): Step<WireState, WireCommand> {
  switch (input.type) {
    case 'taken':
      if (state.phase === 'speaking' && state.refusedSinceMs === undefined) return to(state);
      return to({ ...state, phase: 'speaking', changes: 0, refusedSinceMs: undefined });
    case 'refused':
      if (!meansOtherWire(input.verdict)) return to({ ...state, refusedSinceMs: undefined });
      return refused(state, input.nowMs);
    case 'dayPassed':
      return state.wire === 'agent-deltas' ? to(state, { type: 'ask' }) : to(state);
    case 'answered':
      if (state.wire !== 'agent-deltas') return to(state);
      return input.isSpoken ? change(state, input.nowMs) : to(state, { type: 'waitADay' });
    default:
      return unreachable(input);
  }
}

function refused(state: WireState, nowMs: number): Step<WireState, WireCommand> {
  const { phase, sinceMs, changes, refusedSinceMs = nowMs } = state;
  const untilMs = phase === 'speaking' ? refusedSinceMs + PATIENCE_MS : sinceMs + distanceMs(changes);
  return nowMs >= untilMs ? change(state, nowMs) : to({ ...state, refusedSinceMs });
}

function distanceMs(changes: number): number {
  return changes === 0 ? 0 : Math.min(DISTANCE_MS.first * 2 ** (changes - 1), DISTANCE_MS.longest);
}

function change({ wire: before, changes }: WireState, nowMs: number): Step<WireState, WireCommand> {
  const wire = before === 'ingest' ? 'agent-deltas' : 'ingest';
  const state: WireState = { phase: 'asking', wire, sinceMs: nowMs, changes: changes + 1, refusedSinceMs: undefined };
  return to(
    state,
    { type: 'change', wire },
    ...(wire === 'agent-deltas' ? [{ type: 'waitADay' } satisfies WireCommand] : []),
  );
}

function to(state: WireState, ...commands: WireCommand[]): Step<WireState, WireCommand> {
  return { state, commands };
}
