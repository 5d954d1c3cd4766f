import type { Unknown } from './classify-imds.ts';
import type { UnknownReason } from './notice.ts';

/** What is known about a source, and for how long it has not been. All times monotonic, in milliseconds. */
export interface Knowledge {
  /** When the first look began: nothing was known before either. */
  readonly sinceMs: number;
  /** The last look that told something; absent before the first. */
  readonly lastGoodAtMs?: number;
  /** The looks since then that told nothing. */
  readonly trouble?: {
    readonly sinceMs: number;
    readonly count: number;
    readonly reason: UnknownReason;
    readonly detail: string;
    readonly hint: string | undefined;
  };
}

/** Longest time without a good look before this machine counts as blind, beyond what a look itself may take. */
const BLIND_MS = 10_000;
/** Azure asks for so much patience while the platform below is updated (HTTP 410). */
const UPDATING_MS = 70_000;

/** Nothing is known yet. */
export function startKnowledge(nowMs: number): Knowledge {
  return { sinceMs: nowMs };
}

/** A look told something. */
export function seeAgain(known: Knowledge, nowMs: number): Knowledge {
  return { sinceMs: known.sinceMs, lastGoodAtMs: nowMs };
}

/** A look told nothing. */
export function seeNothing(known: Knowledge, { reason, detail, hint }: Unknown, nowMs: number): Knowledge {
  const { sinceMs, count } = known.trouble ?? { sinceMs: nowMs, count: 0 };
  return { ...known, trouble: { sinceMs, count: count + 1, reason, detail, hint } };
}

/** How old the last good look is, in milliseconds; since the first look when there was none. */
export function ageOf(known: Knowledge, nowMs: number): number {
  return nowMs - (known.lastGoodAtMs ?? known.sinceMs);
}

/**
 * Why a source counts as blind, or undefined. Before its first good look it is, however short that was: nobody may rely on
 * a machine that has never been told anything.
 */
export function blindness(known: Knowledge, allowedMs: number, nowMs: number): string | undefined {
  const { lastGoodAtMs, trouble } = known;
  const ageMs = ageOf(known, nowMs);
  if (lastGoodAtMs !== undefined) {
    const limitMs = trouble?.reason === 'updating' ? UPDATING_MS : BLIND_MS;
    if (ageMs <= limitMs + allowedMs) return undefined;
  }
  const why = trouble === undefined ? 'no answer yet' : `${trouble.reason}: ${trouble.detail}`;
  const hint = trouble?.hint === undefined ? '' : `; ${trouble.hint}`;
  return `nothing known for ${Math.round(ageMs / 1000)} s (${why}${hint})`;
}
