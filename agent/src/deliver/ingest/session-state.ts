/**
 * The session with the platform as a pure machine: how batches are handed over one at a time, and what every answer leads to.
 *
 * A session lasts from one `open` to the next. Inside it one batch is in hand until the platform has confirmed it; its entries are
 * sent as one seq, or as several when the platform asks for smaller ones. Ways back to another request, and what paces them:
 *
 * | from | why | what is sent | paced by |
 * |---|---|---|---|
 * | holding | no answer, 429, 5xx, interference | the same bytes, the same seq | `transient` backoff, Retry-After as floor |
 * | holding | 401, 403 | the same bytes with the key as it is then | `stubborn` backoff; none when the key file has changed |
 * | sending | 413, 400, 422 | half of the entries | each refusal halves, down to single entries |
 * | sending | a single object is refused, and nothing speaks for the platform | another object of its feed | `MAX_PROBES` |
 * | sending | a single object is refused, others are taken | the rest, without it | each refusal drops one |
 * | sending | no object of a feed is taken, or a single other entry is refused | the rest, without the feed | the supervisor, before it snapshots the feed again |
 * | sending | 415 | the same entries, next compression | ends with the list of compressions |
 * | pausing | epoch or seq unknown, an ack for other content, open failed | open | `transient` backoff |
 * | pausing | cluster unknown | register, then open | `transient` backoff |
 * | pausing | feed after feed is refused | open; resume points bring everything back | `stubborn` backoff |
 * | fenced | another agent took over | open | five minutes; with the lease in hand the first time a second |
 * | ready | a feed is offered in another version than it was | open; resume points bring everything back | discovery |
 *
 * What is given up. A refusal (400, 413, 422) may be about one object, about a kind of objects, or about nothing that was sent: a
 * platform with a fault. Only in the first case may an object be dropped, and nothing in the answer tells which case it is. What tells
 * is what else is taken, so the rule is: **an object is given up only where the platform takes others of the same feed.** No more than
 * `MAX_DROPS_IN_A_ROW` after one that it took, or as many as it took out of the same batch; after that, or when it has not taken one in
 * this session, others of the feed are sent ahead until one is taken. They have to be sent anyway, so this costs no request. If none
 * is, the whole feed is set aside: nothing of it is dropped, its last state stays at the platform, and a snapshot will tell again.
 * If feed after feed is, with no object taken in between, it is not about feeds either, and the session begins anew.
 * Entries other than objects are never dropped: a delete that is left out would keep its object for ever. What a snapshot says
 * again sets the feed aside, the rest begins a session.
 */
import { unreachable } from '@castai/shared/errors.ts';
import type {
  Ack,
  Directive,
  Entry,
  Limits,
  OpenResponse,
  Rejection,
  Upsert,
} from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { DropReason } from '../delivery-observer.ts';
import { type Hand, type Part, sendAnotherAhead, uncount, type Unsent, withoutFeed } from './batch-in-hand.ts';

/** The platform says that another agent has taken over. */
export type RightLost = Extract<Verdict, { kind: 'FENCED' | 'NOT_LEADER' }>;

/** Objects of a feed that may be given up without one that is taken in between. */
const MAX_DROPS_IN_A_ROW = 5;
/** Other objects of a feed that are tried before it is set aside. */
const MAX_PROBES = 8;
/** Feeds in a row, with no object taken in between, after which the fault is not in the feeds. */
const MAX_ASIDE_IN_A_ROW = 3;

interface Session {
  readonly epoch: number;
  /** Seq of the part in hand, or of the next one. */
  readonly seq: number;
  /** Highest seq of this epoch that the platform has confirmed as processed. */
  readonly processedSeq: number;
  /** For each feed of which the platform took an object in this session: how many were given up since the last one. */
  readonly givenUp: ReadonlyMap<number, number>;
  /** Feeds set aside since the platform last took an object. */
  readonly asideInARow: number;
}

/** Where the session is. `hand` exists exactly where a batch is unconfirmed. */
export type SessionState =
  | { readonly phase: 'closed' }
  | { readonly phase: 'registering' }
  | { readonly phase: 'opening' }
  | { readonly phase: 'pausing'; readonly next: 'register' | 'open' }
  | { readonly phase: 'fenced'; readonly lost: RightLost }
  | { readonly phase: 'ready'; readonly session: Session }
  | { readonly phase: 'sending'; readonly session: Session; readonly hand: Hand }
  | { readonly phase: 'holding'; readonly session: Session; readonly hand: Hand };

/** What happens to a session. */
export type SessionInput =
  | { readonly type: 'start' }
  | { readonly type: 'registered' }
  | { readonly type: 'opened'; readonly response: OpenResponse }
  /** A batch was cut because it is due; no entries: a heartbeat. */
  | { readonly type: 'due'; readonly entries: Part }
  | { readonly type: 'acked'; readonly ack: Ack }
  | { readonly type: 'refused'; readonly verdict: Verdict }
  | { readonly type: 'timer' }
  /** After a `prove`. By lease: it is ours all the same; if not, nobody can tell. */
  | { readonly type: 'proven'; readonly byLease: boolean }
  /** What was offered at the open is not what is served any more. */
  | { readonly type: 'offerChanged' };

/**
 * How long to wait: `transient` 0.5 s doubling to 30 s, `stubborn` 30 s doubling to 10 min, `fenced` 5 min, `contested` a second and
 * from the second time on 5 min, all with jitter.
 */
export type WaitKind = 'transient' | 'stubborn' | 'fenced' | 'contested' | 'none';

/** What has to be done, in order. */
export type SessionCommand =
  | { readonly type: 'register' }
  | { readonly type: 'open' }
  /** A new session: tell the watchers where the platform stands. */
  | { readonly type: 'adopt'; readonly response: OpenResponse }
  /** The session is over: drop everything that waits and stop the watchers. */
  | { readonly type: 'abandon'; readonly reason: Verdict['kind'] | 'OFFER_CHANGED' }
  /** Number, encode and compress these entries, then send them. */
  | { readonly type: 'prepare'; readonly epoch: number; readonly seq: number; readonly entries: Part }
  /** Ask whoever gives the right to send whether it is still ours. No answer comes when it is not: the session is ended then. */
  | { readonly type: 'prove'; readonly lost: RightLost }
  /** Send the bytes that were prepared last once more. */
  | { readonly type: 'resend' }
  | { readonly type: 'wait'; readonly kind: WaitKind; readonly reason: Verdict['kind']; readonly retryAfterMs: number }
  /** The platform confirmed a batch: counters rise. `processed` is how many batches it confirmed as processed with this ack. */
  | { readonly type: 'confirm'; readonly processed: number }
  | { readonly type: 'heed'; readonly limits: Limits | undefined; readonly directives: readonly Directive[] }
  | { readonly type: 'reject'; readonly entries: Part; readonly rejections: readonly Rejection[] }
  /** `isStillCounted`: a snapshot that counted it has not ended yet. */
  | { readonly type: 'drop'; readonly entry: Entry; readonly reason: DropReason; readonly isStillCounted: boolean }
  /** The platform takes nothing of a feed: stop it, and snapshot it again later. */
  | { readonly type: 'setAside'; readonly feedId: number; readonly reason: DropReason }
  /** The whole batch is with the platform (or given up): whoever waits for its receipt may go on. */
  | { readonly type: 'release' };

/** A step: where the session is now, and what to do. */
export interface SessionStep {
  readonly state: SessionState;
  readonly commands: readonly SessionCommand[];
}

/** Where every session starts. */
export const CLOSED: SessionState = { phase: 'closed' };

/** The machine. Total: an input that has no meaning in a state (a late timer, a late answer) changes nothing. */
export function stepSession(state: SessionState, input: SessionInput): SessionStep {
  switch (state.phase) {
    case 'closed':
      return input.type === 'start' ? to({ phase: 'registering' }, { type: 'register' }) : to(state);
    case 'registering':
      return input.type === 'registered' ? OPENING : to(state);
    case 'opening':
      return stepOpening(state, input);
    case 'pausing':
      if (input.type !== 'timer') return to(state);
      return state.next === 'open' ? OPENING : to({ phase: 'registering' }, { type: 'register' });
    case 'fenced':
      if (input.type === 'proven') return to(state, wait(input.byLease ? 'contested' : 'fenced', state.lost));
      return input.type === 'timer' ? OPENING : to(state);
    case 'ready':
      // Only an open tells the platform what a feed is, and nothing is in hand that could get lost.
      if (input.type === 'offerChanged') {
        return to({ phase: 'opening' }, { type: 'abandon', reason: 'OFFER_CHANGED' }, { type: 'open' });
      }
      return input.type === 'due'
        ? take(state.session, { parts: [input.entries], suspects: 0, taken: new Map() })
        : to(state);
    case 'sending':
      if (input.type === 'acked') return confirm(state.session, state.hand, input.ack);
      if (input.type === 'refused') return refuse(state.session, state.hand, input.verdict);
      return to(state);
    case 'holding':
      return input.type === 'timer' ? to({ ...state, phase: 'sending' }, { type: 'resend' }) : to(state);
    default:
      return unreachable(state);
  }
}

function stepOpening(state: SessionState, input: SessionInput): SessionStep {
  if (input.type === 'opened') {
    const { response } = input;
    const session = { epoch: response.epoch, seq: 1, processedSeq: 0, givenUp: new Map(), asideInARow: 0 };
    return to(
      { phase: 'ready', session },
      { type: 'adopt', response },
      { type: 'heed', limits: response.limits, directives: response.directives },
    );
  }
  if (input.type !== 'refused') return to(state);
  const { verdict } = input;
  switch (verdict.kind) {
    case 'FENCED':
    case 'NOT_LEADER':
      return to({ phase: 'fenced', lost: verdict }, { type: 'prove', lost: verdict });
    case 'UNKNOWN_CLUSTER':
      return pause('register', 'transient', verdict);
    case 'UNAUTHORIZED':
      return pause('open', verdict.keyChanged ? 'none' : 'stubborn', verdict);
    case 'UNSUPPORTED_ENCODING':
      return verdict.next === undefined ? pause('open', 'transient', verdict) : OPENING;
    case 'REJECTED':
    case 'TOO_LARGE':
      // An open holds nothing that could be left out: the two sides do not speak the same protocol.
      return pause('open', 'stubborn', verdict);
    case 'GAP':
    case 'UNKNOWN_EPOCH':
    case 'UNAVAILABLE':
    case 'NO_ANSWER':
    case 'INTERFERENCE':
      return pause('open', 'transient', verdict);
    default:
      return unreachable(verdict);
  }
}

function confirm(session: Session, hand: Hand, ack: Ack): SessionStep {
  const [confirmed, ...left] = hand.parts;
  // The watermark only rises: an ack that was overtaken on the way says less than we know.
  const processedSeq = Math.max(session.processedSeq, ack.processedSeq);
  const objects = confirmed.filter(({ type }) => type === 'upsert');
  const counts = Map.groupBy(objects, ({ feedId }) => feedId);
  const next = {
    ...session,
    seq: session.seq + 1,
    processedSeq,
    givenUp: new Map([...session.givenUp, ...[...counts.keys()].map((feedId) => [feedId, 0] as const)]),
    asideInARow: objects.length > 0 ? 0 : session.asideInARow,
  };
  const taken = new Map(hand.taken);
  for (const [feedId, { length }] of counts) taken.set(feedId, (taken.get(feedId) ?? 0) + length);
  const told: SessionCommand[] = [
    { type: 'confirm', processed: processedSeq - session.processedSeq },
    ...(ack.rejections.length > 0 ? [{ type: 'reject' as const, entries: confirmed, rejections: ack.rejections }] : []),
  ];
  // Objects that wait for a verdict on their feed have it now: each is sent once more, and dropped if it is refused again.
  const step = take(next, { parts: left, suspects: 0, taken });
  const heed: SessionCommand = { type: 'heed', limits: ack.limits, directives: ack.directives };
  return { state: step.state, commands: [...told, ...step.commands, heed] };
}

function refuse(session: Session, hand: Hand, verdict: Verdict): SessionStep {
  switch (verdict.kind) {
    case 'FENCED':
    case 'NOT_LEADER':
      return to(
        { phase: 'fenced', lost: verdict },
        { type: 'abandon', reason: verdict.kind },
        { type: 'prove', lost: verdict },
      );
    case 'GAP':
      return verdict.expectedSeq === session.seq
        ? hold(session, hand, wait('transient', verdict))
        : abandon('open', 'transient', verdict);
    case 'UNKNOWN_EPOCH':
      return abandon('open', 'transient', verdict);
    case 'UNKNOWN_CLUSTER':
      return abandon('register', 'transient', verdict);
    case 'TOO_LARGE':
    case 'REJECTED':
      return halve(session, hand, verdict);
    case 'UNSUPPORTED_ENCODING':
      return verdict.next === undefined ? hold(session, hand, wait('transient', verdict)) : take(session, hand);
    case 'UNAUTHORIZED':
      return hold(session, hand, wait(verdict.keyChanged ? 'none' : 'stubborn', verdict));
    case 'INTERFERENCE':
      // An ack of this seq for other content: it was cut differently before its first answer got lost. Only a new
      // session tells what the platform has.
      if (verdict.ackMismatch) return abandon('open', 'transient', verdict);
      return hold(session, hand, wait('transient', verdict));
    case 'UNAVAILABLE':
    case 'NO_ANSWER':
      return hold(session, hand, wait('transient', verdict));
    default:
      return unreachable(verdict);
  }
}

/** Halves the part on the wire, or judges the one entry in it. A heartbeat has nothing to leave out, so it just waits. */
function halve(session: Session, hand: Hand, verdict: Verdict & { kind: DropReason }): SessionStep {
  const [refused, ...left] = hand.parts;
  const [only] = refused;
  if (only === undefined) return hold(session, hand, wait('transient', verdict));
  if (refused.length > 1) {
    const middle = Math.ceil(refused.length / 2);
    return take(session, { ...hand, parts: [refused.slice(0, middle), refused.slice(middle), ...left] });
  }
  if (only.type !== 'upsert') return setAside(session, hand, { only, verdict });
  const { feedId } = only;
  const taken = hand.taken.get(feedId) ?? 0;
  const givenUp = session.givenUp.get(feedId);
  const isAboutTheObject = givenUp !== undefined && givenUp < Math.max(MAX_DROPS_IN_A_ROW, taken);
  if (isAboutTheObject) return drop(session, hand, { only, verdict });
  if (hand.suspects >= MAX_PROBES) return setAside(session, hand, { only, verdict });
  const ahead = sendAnotherAhead(hand, only);
  if (ahead !== undefined) return take(session, ahead);
  // Nothing is left to try, and what there was to try has spoken for the platform.
  return taken > 0 ? drop(session, hand, { only, verdict }) : setAside(session, hand, { only, verdict });
}

/** An entry that was refused alone. */
interface RefusedAlone<E extends Entry> {
  readonly only: E;
  readonly verdict: Verdict & { kind: DropReason };
}

function drop(session: Session, hand: Hand, { only, verdict }: RefusedAlone<Upsert>): SessionStep {
  const { feedId } = only;
  const { parts, isStillCounted } = uncount(only, hand.parts.slice(1));
  const givenUp = new Map(session.givenUp).set(feedId, (session.givenUp.get(feedId) ?? 0) + 1);
  const step = take({ ...session, givenUp }, { ...hand, parts, suspects: Math.max(0, hand.suspects - 1) });
  return after({ type: 'drop', entry: only, reason: verdict.kind, isStillCounted }, step);
}

/** Leaves a feed out of the batch: nothing of it is claimed, so its snapshot brings everything back. */
function setAside(session: Session, hand: Hand, { only, verdict }: RefusedAlone<Entry>): SessionStep {
  const { feedId, type } = only;
  const asideInARow = session.asideInARow + 1;
  const isSaidAgain = type !== 'feedState' && type !== 'snapshotAbort';
  if (!isSaidAgain || asideInARow >= MAX_ASIDE_IN_A_ROW) return abandon('open', 'stubborn', verdict);
  const step = take({ ...session, asideInARow }, withoutFeed(hand, feedId));
  return after({ type: 'setAside', feedId, reason: verdict.kind }, step);
}

/** Sends the first of the parts, or lets go of the batch when none is left. */
function take(session: Session, { parts, ...hand }: Unsent): SessionStep {
  const [first, ...others] = parts;
  if (first === undefined) return to({ phase: 'ready', session }, { type: 'release' });
  const { epoch, seq } = session;
  return to(
    { phase: 'sending', session, hand: { ...hand, parts: [first, ...others] } },
    { type: 'prepare', epoch, seq, entries: first },
  );
}

function hold(session: Session, hand: Hand, command: SessionCommand): SessionStep {
  return to({ phase: 'holding', session, hand }, command);
}

function abandon(next: 'register' | 'open', kind: WaitKind, verdict: Verdict): SessionStep {
  return to({ phase: 'pausing', next }, { type: 'abandon', reason: verdict.kind }, wait(kind, verdict));
}

function pause(next: 'register' | 'open', kind: WaitKind, verdict: Verdict): SessionStep {
  return to({ phase: 'pausing', next }, wait(kind, verdict));
}

function wait(kind: WaitKind, verdict: Verdict): SessionCommand {
  return { type: 'wait', kind, reason: verdict.kind, retryAfterMs: verdict.retryAfterMs ?? 0 };
}

function to(state: SessionState, ...commands: SessionCommand[]): SessionStep {
  return { state, commands };
}

function after(command: SessionCommand, step: SessionStep): SessionStep {
  return { state: step.state, commands: [command, ...step.commands] };
}

const OPENING: SessionStep = { state: { phase: 'opening' }, commands: [{ type: 'open' }] };
