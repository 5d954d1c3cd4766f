/** The batch in hand: what is left of it, and what it has told about the platform. Pure. */
import type { Entry, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** Entries that go out as one seq. */
export type Part = readonly Entry[];

/** What is in hand until the platform has confirmed it. */
export interface Hand {
  /** What is left of the batch; the first part is the one on the wire. Never empty. */
  readonly parts: readonly [Part, ...Part[]];
  /** So many parts right behind the first are single objects of its feed that were refused: it was sent ahead to learn why. */
  readonly suspects: number;
  /** How many objects of each feed the platform took out of this batch. */
  readonly taken: ReadonlyMap<number, number>;
}

/** A hand that may be empty. */
export type Unsent = Omit<Hand, 'parts'> & { readonly parts: readonly Part[] };

/**
 * Puts another object of the feed in front, spread over the batch: neighbours are alike. Undefined when there is none that may
 * overtake: no mark of the feed may be passed, and no other entry of the same object.
 */
export function sendAnotherAhead(hand: Hand, refused: Upsert): Unsent | undefined {
  const tried = hand.parts.slice(0, hand.suspects + 1);
  const rest = hand.parts.slice(hand.suspects + 1);
  const passed = new Set(tried.flat().map((entry) => ('uid' in entry ? entry.uid : '')));
  const candidates: Upsert[] = [];
  for (const entry of rest.flat()) {
    if (entry.feedId !== refused.feedId || entry.type === 'progress') continue;
    if (entry.type !== 'upsert' && entry.type !== 'delete') break;
    if (entry.type === 'upsert' && !passed.has(entry.uid)) candidates.push(entry);
    passed.add(entry.uid);
  }
  const chosen = candidates[Math.floor((candidates.length - 1) / (hand.suspects + 1))];
  if (chosen === undefined) return undefined;
  const others = rest.map((part) => part.filter((entry) => entry !== chosen)).filter(({ length }) => length > 0);
  return { ...hand, parts: [[chosen], ...tried, ...others], suspects: hand.suspects + 1 };
}

/**
 * Leaves a feed out. That its resource is gone stays, because it removes objects and no snapshot says it again. In the place of an
 * end the snapshot that the platform has begun is given up; one that has no end yet is for the outbox to give up.
 */
export function withoutFeed(hand: Hand, feedId: number): Unsent {
  let isBegun = true;
  const instead = (entry: Entry): Entry[] => {
    if (entry.feedId !== feedId || (entry.type === 'feedState' && entry.state === 'ABSENT')) return [entry];
    const isToEnd = entry.type === 'snapshotEnd' && isBegun;
    if (entry.type === 'snapshotBegin') isBegun = false;
    return isToEnd ? [{ type: 'snapshotAbort', feedId, reason: 'REFUSED' }] : [];
  };
  const parts = hand.parts.map((part) => part.flatMap(instead)).filter(({ length }) => length > 0);
  return { ...hand, parts, suspects: 0 };
}

/**
 * Takes an upsert that is given up off the count of its snapshot. The end that states the count may follow in the same batch;
 * left as it was, the platform would find it wrong and ask for the snapshot again, with the same entry in it, for ever.
 */
export function uncount(dropped: Upsert, parts: readonly Part[]): { parts: readonly Part[]; isStillCounted: boolean } {
  for (const entry of parts.flat()) {
    if (entry.feedId !== dropped.feedId) continue;
    // Of the snapshot that begins, or was given up, behind it, it is no part.
    if (entry.type === 'snapshotBegin' || entry.type === 'snapshotAbort') return { parts, isStillCounted: false };
    if (entry.type !== 'snapshotEnd') continue;
    const corrected: Entry = { ...entry, count: entry.count - 1 };
    const corrects = (part: Part): Part => part.map((one) => (one === entry ? corrected : one));
    return { parts: parts.map(corrects), isStillCounted: false };
  }
  return { parts, isStillCounted: true };
}
