/**
 * What the dates of one server's answers say of our clock; pure. One answer proves nothing: it may be of a proxy, or of a replica that is off by
 * itself, so that two in a row have to say it, and two in a row that it is over. What is off by about the limit stays what it was.
 *
 *     unheard ─near─▶ agrees ─far─▶ doubted ─far─▶ differs ─near─▶ easing ─near─▶ agrees
 *
 * Ways back:
 *
 * | from | trigger | what changes | what paces it |
 * |---|---|---|---|
 * | doubted → agrees | an answer that is not far off, to the same side | nothing is said | answers |
 * | easing → differs | an answer that is not near | nothing new is said | answers |
 * | differs → agrees → differs | two near ones, two far ones | it is said again | answers; the verdict has its hysteresis besides |
 * | any → unheard | nobody has answered for `FORGET_MS` | nothing is said any more | `FORGET_MS` |
 */
import type { Step } from '../async/machine.ts';
import { unreachable } from '../errors.ts';
import { CLOCK_LIMIT_MS } from '../verdict/clock-trouble.ts';

/** What was off is right again within this. */
export const NEAR_MS = 20_000;
/** What was said longer ago says nothing of now: the clock may have been set since. */
export const FORGET_MS = 1_800_000;

/** What is known; `aheadMs`: by how much our clock is ahead of theirs at least, negative: behind. */
export type TheirClockState =
  /** Nobody has told the time. */
  | { readonly is: 'unheard' }
  | { readonly is: 'agrees' }
  /** One answer has said that we are off. */
  | { readonly is: 'doubted'; readonly aheadMs: number }
  /** Two have. */
  | { readonly is: 'differs'; readonly aheadMs: number }
  /** One answer has said since that we are right. */
  | { readonly is: 'easing'; readonly aheadMs: number };

/** What happens. */
export type TheirClockInput =
  /** An answer has told the time. */
  | { readonly type: 'told'; readonly aheadMs: number }
  /** Somebody wants to know; `silentMs`: the last answer that told the time is so long ago. */
  | { readonly type: 'looked'; readonly silentMs: number };

/** Nothing was heard. */
export const UNHEARD: TheirClockState = { is: 'unheard' };

/** Decides; nothing is to be done about it. */
export function stepTheirClock(state: TheirClockState, input: TheirClockInput): Step<TheirClockState, never> {
  switch (input.type) {
    case 'told':
      return { state: told(state, input.aheadMs), commands: [] };
    case 'looked':
      return { state: input.silentMs > FORGET_MS ? UNHEARD : state, commands: [] };
    default:
      return unreachable(input);
  }
}

function told(state: TheirClockState, aheadMs: number): TheirClockState {
  const offMs = Math.abs(aheadMs);
  switch (state.is) {
    case 'unheard':
    case 'agrees':
      return offMs > CLOCK_LIMIT_MS ? { is: 'doubted', aheadMs } : { is: 'agrees' };
    case 'doubted':
      if (offMs <= CLOCK_LIMIT_MS) return { is: 'agrees' };
      return { is: Math.sign(aheadMs) === Math.sign(state.aheadMs) ? 'differs' : 'doubted', aheadMs };
    case 'differs':
      return offMs <= NEAR_MS ? { is: 'easing', aheadMs: state.aheadMs } : { is: 'differs', aheadMs };
    case 'easing':
      return offMs <= NEAR_MS ? { is: 'agrees' } : { is: 'differs', aheadMs };
    default:
      return unreachable(state);
  }
}

/**
 * By how much our clock is ahead of theirs, as far as it is certain: 0 while they agree; undefined while nobody has told, or one answer alone
 * contradicts, which agrees with nobody.
 */
export function aheadIn(state: TheirClockState): number | undefined {
  switch (state.is) {
    case 'unheard':
    case 'doubted':
      return undefined;
    case 'agrees':
      return 0;
    case 'differs':
    case 'easing':
      return state.aheadMs;
    default:
      return unreachable(state);
  }
}
