/** The batch in hand: what is left of it, and what it has told about the platform. Pure. */
import type { Entry, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** Entries that go out as one seq. */
export type Portion = readonly Entry[];

/** What is in hand until the platform has confirmed it. */
export interface BatchInHand {
  /** What is left of the batch; the first portion is the one on the wire. Never empty. */
  readonly portions: readonly [Portion, ...Portion[]];
  /** So many portions right behind the first are single objects of its feed that were refused: it was sent ahead to learn why. */
  readonly suspects: number;
  /**
   * An attempt with the portion on the wire got no answer, so the platform may have applied it. Other content under its seq would then
   * be taken for the repetition, and acknowledged without being applied.
   */
  readonly mayBeApplied: boolean;
  /** How many objects of each feed the platform took out of this batch. */
  readonly taken: ReadonlyMap<number, number>;
}

/** What is left of a batch before it is looked at whether anything is. */
export type Unsent = Omit<BatchInHand, 'portions' | 'mayBeApplied'> & { readonly portions: readonly Portion[] };

/**
 * Puts another object of the feed in front, spread over what is left: neighbours are alike. Undefined when there is none that may
 * overtake: no mark of the feed may be passed, and no other entry of the same object.
 */
export function sendAnotherAhead(batch: BatchInHand, refused: Upsert): Unsent | undefined {
  const tried = batch.portions.slice(0, batch.suspects + 1);
  const rest = batch.portions.slice(batch.suspects + 1);
  const passed = new Set(tried.flat().map((entry) => ('uid' in entry ? entry.uid : '')));
  const candidates: Upsert[] = [];
  for (const entry of rest.flat()) {
    if (entry.feedId !== refused.feedId || entry.type === 'progress') continue;
    if (entry.type !== 'upsert' && entry.type !== 'delete' && entry.type !== 'offer') break;
    if (entry.type === 'upsert' && !passed.has(entry.uid)) candidates.push(entry);
    passed.add(entry.uid);
  }
  const chosen = candidates[Math.floor((candidates.length - 1) / (batch.suspects + 1))];
  if (chosen === undefined) return undefined;
  const others = rest.map((portion) => portion.filter((entry) => entry !== chosen)).filter(({ length }) => length > 0);
  return { ...batch, portions: [[chosen], ...tried, ...others], suspects: batch.suspects + 1 };
}

/**
 * Leaves a feed out. That its resource is gone stays, because it removes objects and no snapshot says it again. In the place of an
 * end the snapshot that the platform has begun is given up; one that has no end yet is for the outbox to give up.
 */
export function withoutFeed(batch: BatchInHand, feedId: number): Unsent {
  let isBegun = true;
  const instead = (entry: Entry): Entry[] => {
    if (entry.feedId !== feedId || (entry.type === 'feedState' && entry.state === 'ABSENT')) return [entry];
    const isToEnd = entry.type === 'snapshotEnd' && isBegun;
    if (entry.type === 'snapshotBegin') isBegun = false;
    return isToEnd ? [{ type: 'snapshotAbort', feedId, reason: 'REFUSED' }] : [];
  };
  const portions = batch.portions.map((portion) => portion.flatMap(instead)).filter(({ length }) => length > 0);
  return { ...batch, portions, suspects: 0 };
}

/**
 * Takes an upsert that is given up off the count of its snapshot. The end that states the count may follow in the same batch;
 * left as it was, the platform would find it wrong and ask for the snapshot again, with the same entry in it, for ever.
 */
export function uncount(
  dropped: Upsert,
  portions: readonly Portion[],
): { portions: readonly Portion[]; isStillCounted: boolean } {
  for (const entry of portions.flat()) {
    if (entry.feedId !== dropped.feedId) continue;
    // Of the snapshot that begins, or was given up, behind it, it is no portion.
    if (entry.type === 'snapshotBegin' || entry.type === 'snapshotAbort') return { portions, isStillCounted: false };
    if (entry.type !== 'snapshotEnd') continue;
    const corrected: Entry = { ...entry, count: entry.count - 1 };
    const corrects = (portion: Portion): Portion => portion.map((one) => (one === entry ? corrected : one));
    return { portions: portions.map(corrects), isStillCounted: false };
  }
  return { portions, isStillCounted: true };
}
