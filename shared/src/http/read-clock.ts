import { CLOCK_LIMIT_MS } from '../verdict/clock-trouble.ts';
import { parseHttpDate } from './http-date.ts';

/** The headers of an answer that tell the time. */
export interface AnswerDate {
  /** `Date`. */
  readonly date?: string | undefined;
  /** `Age`: the answer lay in a cache for so long, and its date is that of the server all the same. */
  readonly age?: string | undefined;
}

/** When a request was sent and its answer began, by the own wall clock. */
export interface OwnTimes {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/** A date tells whole seconds, those that have passed. */
const RESOLUTION_MS = 1000;
/** An answer that was waited for so long, as with a poll that is held, does not tell that a clock is right. */
const VAGUE_MS = 10_000;

/**
 * By how many milliseconds our clock is at least ahead of that of whoever answered; negative: behind; 0: it may well be the same. It was
 * some time between sending and receiving that they looked at their clock, so what took long tells less, and never more than is true.
 * Undefined: the answer does not tell the time, came too late to tell anything, or our own clock was set back meanwhile.
 */
export function readClock({ date = '', age }: AnswerDate, { sentAtMs, receivedAtMs }: OwnTimes): number | undefined {
  const theirsMs = parseHttpDate(date);
  if (theirsMs === undefined || age !== undefined || receivedAtMs < sentAtMs) return undefined;
  const least = sentAtMs - theirsMs - RESOLUTION_MS;
  const most = receivedAtMs - theirsMs;
  const aheadMs = least > 0 ? least : Math.min(most, 0);
  const isVague = receivedAtMs - sentAtMs > VAGUE_MS;
  return isVague && Math.abs(aheadMs) <= CLOCK_LIMIT_MS ? undefined : aheadMs;
}
