/**
 * What is done about a batch that the platform refuses. Pure.
 *
 * What is given up. A refusal (400, 413, 422) may be about one object, about a kind of objects, or about nothing that was sent: a
 * platform with a fault. Only in the first case may an object be dropped, and nothing in the answer tells which case it is. What tells
 * is what else is taken, so the rule is: **an object is given up only where the platform takes others of the same feed.** No more than
 * `MAX_DROPS_IN_A_ROW` after one that it took, or as many as it took out of the same batch; after that, or when it has not taken one in
 * this session, others of the feed are sent ahead until one is taken. They have to be sent anyway, so this costs no request. If none
 * is, the whole feed is set aside: nothing of it is dropped, its last state stays at the platform, and a snapshot will tell again.
 * If feed after feed is, with no object taken in between, it is not about feeds either, and the session begins anew.
 * Offers are never judged: of a batch that is refused they are taken out, and their objects sent in their place.
 * Entries other than objects are never dropped: a delete that is left out would keep its object for ever. What a snapshot says
 * again sets the feed aside, the rest begins a session.
 */
import type { Entry, Offer, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { DropReason } from '../delivery-observer.ts';
import { type BatchInHand, sendAnotherAhead, uncount, type Unsent, withoutFeed } from './batch-in-hand.ts';
import type { OpenSession, SessionCommand } from './session-signals.ts';

/** Objects of a feed that may be given up without one that is taken in between. */
const MAX_DROPS_IN_A_ROW = 5;
/** Other objects of a feed that are tried before it is set aside. */
const MAX_PROBES = 8;
/** Feeds in a row, with no object taken in between, after which the fault is not in the feeds. */
const MAX_ASIDE_IN_A_ROW = 3;

/** What to do about a refusal. */
export type RefusalPlan =
  /** Have this done, and go on with what is left. */
  | {
      readonly next: 'goOn';
      readonly session: OpenSession;
      readonly left: Unsent;
      readonly commands: readonly SessionCommand[];
    }
  /** Nothing in it could be at fault: the same again, later. */
  | { readonly next: 'repeat' }
  /** It is about nothing that was sent, or about what no snapshot says again. */
  | { readonly next: 'beginAnew' };

/** An entry that was refused alone. */
interface RefusedAlone<E extends Entry> {
  readonly only: E;
  readonly reason: DropReason;
}

/** Halves the portion on the wire, or judges the one entry in it. A heartbeat has nothing to leave out. */
export function planAfterRefusal(session: OpenSession, batch: BatchInHand, reason: DropReason): RefusalPlan {
  const [refused, ...left] = batch.portions;
  const [only] = refused;
  if (only === undefined) return { next: 'repeat' };
  const offers = refused.filter((entry) => entry.type === 'offer');
  if (offers.length > 0 && (reason === 'REJECTED' || refused.length === 1)) return withdraw(session, batch, offers);
  if (refused.length > 1) {
    const middle = Math.ceil(refused.length / 2);
    return goOn(session, { ...batch, portions: [refused.slice(0, middle), refused.slice(middle), ...left] });
  }
  if (only.type !== 'upsert') return setAside(session, batch, { only, reason });
  const { feedId } = only;
  const taken = batch.taken.get(feedId) ?? 0;
  const givenUp = session.givenUp.get(feedId);
  const isAboutTheObject = givenUp !== undefined && givenUp < Math.max(MAX_DROPS_IN_A_ROW, taken);
  if (isAboutTheObject) return drop(session, batch, { only, reason });
  if (batch.suspects >= MAX_PROBES) return setAside(session, batch, { only, reason });
  const ahead = sendAnotherAhead(batch, only);
  if (ahead !== undefined) return goOn(session, ahead);
  // Nothing is left to try, and what there was to try has spoken for the platform.
  return taken > 0 ? drop(session, batch, { only, reason }) : setAside(session, batch, { only, reason });
}

/** A platform that takes no offers after all, or something else in there: the objects are known to be taken, so they go in their place. */
function withdraw(session: OpenSession, batch: BatchInHand, refused: readonly Offer[]): RefusalPlan {
  const isRefused = new Set<Entry>(refused);
  const isKept = (entry: Entry): boolean => !isRefused.has(entry);
  const portions = batch.portions.map((portion) => portion.filter(isKept)).filter(({ length }) => length > 0);
  return goOn(session, { ...batch, portions }, { type: 'withdraw', offers: refused });
}

function drop(session: OpenSession, batch: BatchInHand, { only, reason }: RefusedAlone<Upsert>): RefusalPlan {
  const { feedId } = only;
  const { portions, isStillCounted } = uncount(only, batch.portions.slice(1));
  const givenUp = new Map(session.givenUp).set(feedId, (session.givenUp.get(feedId) ?? 0) + 1);
  return goOn(
    { ...session, givenUp },
    { ...batch, portions, suspects: Math.max(0, batch.suspects - 1) },
    { type: 'drop', entry: only, reason, isStillCounted },
  );
}

/** Leaves a feed out of the batch: nothing of it is claimed, so its snapshot brings everything back. */
function setAside(session: OpenSession, batch: BatchInHand, { only, reason }: RefusedAlone<Entry>): RefusalPlan {
  const { feedId, type } = only;
  const asideInARow = session.asideInARow + 1;
  const isSaidAgain = type !== 'feedState' && type !== 'snapshotAbort';
  if (!isSaidAgain || asideInARow >= MAX_ASIDE_IN_A_ROW) return { next: 'beginAnew' };
  return goOn({ ...session, asideInARow }, withoutFeed(batch, feedId), { type: 'setAside', feedId, reason });
}

function goOn(session: OpenSession, left: Unsent, ...commands: readonly SessionCommand[]): RefusalPlan {
  return { next: 'goOn', session, left, commands };
}
