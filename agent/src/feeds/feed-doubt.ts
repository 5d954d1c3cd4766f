/**
 * What to think when discovery contradicts what is known of a feed: it is missing, or served in other versions than the one in use.
 * Discovery alone changes nothing. The collection is asked, and only its own "not found", twice, is believed; that it is gone only
 * with no watch of it open. Two API servers of different versions behind one address, and one that is still starting, contradict themselves for
 * minutes: meanwhile the feed goes on as it is.
 */
import { unreachable } from '@castai/shared/errors.ts';
import type { CollectionAnswer } from './ask-collection.ts';
import type { Availability } from './availability.ts';

/** When a question is asked: an access review, or one to a collection. */
export type Question =
  /** Asked at the first tick from `atMs` on, in the clock's monotonic milliseconds. */
  | { readonly is: 'due'; readonly atMs: number }
  /** Under way. */
  | { readonly is: 'asked' };

/** A contradiction that is not settled. */
export interface Doubt {
  /** What discovery says, at its last look. */
  readonly found: Availability;
  readonly question: Question;
  /** How often in a row the collection was not found. */
  readonly misses: number;
  /** Until the next question, should the coming one not be answered clearly. */
  readonly delayMs: number;
}

/** What becomes of a doubt. */
export type Weighed =
  /** It stays. `isSoon`: discovery should be looked at before its time. */
  | { readonly is: 'open'; readonly doubt: Doubt; readonly isSoon: boolean }
  /** The collection answers in this version, whatever discovery says. */
  | { readonly is: 'there'; readonly version: string }
  /** Discovery was right. */
  | { readonly is: 'believed'; readonly found: Availability };

/** So many times in a row the collection has not to be found: a starting API server answers 404 before it knows its custom resources. */
const MISSES_UNTIL_BELIEVED = 2;
/** Until a question is asked again that was not answered clearly, growing. */
const UNCLEAR_MS = { first: 5_000, longest: 600_000 };
/** For so long an answer, or a watch that is open, speaks for the collection: it is not asked again, however discovery flips. */
export const VOUCHED_MS = 300_000;

/** The doubt after a look that contradicts. A first one is asked about from `atMs` on. */
export function doubtAfter(before: Doubt | undefined, found: Availability, atMs: number): Doubt {
  if (before?.found.is === found.is) return { ...before, found };
  return { found, question: { is: 'due', atMs }, misses: 0, delayMs: UNCLEAR_MS.first };
}

/** The doubt whose question, should one have been under way, was lost with the session. */
export function unasked(doubt: Doubt | undefined): Doubt | undefined {
  return doubt?.question.is === 'asked' ? { ...doubt, question: { is: 'due', atMs: 0 } } : doubt;
}

/**
 * What follows from the collection's answer. `isWatched`: a watch of the feed is open and well. No 404 of another server outweighs it
 * where objects would be removed; another version removes nothing, and one that all servers serve is taken once.
 */
export function weigh(
  doubt: Doubt,
  { answer, isWatched, nowMs }: { answer: CollectionAnswer; isWatched: boolean; nowMs: number },
): Weighed {
  switch (answer.is) {
    case 'there':
      return answer;
    case 'unclear':
      return later(doubt, nowMs);
    case 'gone':
      if (isWatched && doubt.found.is === 'absent') {
        const question: Question = { is: 'due', atMs: nowMs + VOUCHED_MS };
        return { is: 'open', doubt: { ...doubt, question, misses: 0 }, isSoon: false };
      }
      // Who does not hear discovery cannot tell "in a version that we do not know" from "gone".
      if (doubt.found.is === 'unknown') return later(doubt, nowMs);
      if (doubt.misses + 1 >= MISSES_UNTIL_BELIEVED) return { is: 'believed', found: doubt.found };
      return {
        is: 'open',
        doubt: { ...doubt, question: { is: 'due', atMs: 0 }, misses: doubt.misses + 1 },
        isSoon: true,
      };
    default:
      return unreachable(answer);
  }
}

function later(doubt: Doubt, nowMs: number): Weighed {
  const question: Question = { is: 'due', atMs: nowMs + doubt.delayMs };
  const delayMs = Math.min(doubt.delayMs * 2, UNCLEAR_MS.longest);
  return { is: 'open', doubt: { ...doubt, question, misses: 0, delayMs }, isSoon: false };
}
