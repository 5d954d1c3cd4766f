/**
 * The session with the platform as a pure machine: how batches are handed over one at a time, and what every answer leads to.
 *
 * A session lasts from one `open` to the next. Inside it one batch is in hand until the platform has confirmed it; its entries are
 * sent as one seq, or as several when the platform asks for smaller ones. Ways back to another request, and what paces them:
 *
 * | from | why | what is sent | paced by |
 * |---|---|---|---|
 * | holding | no answer, 429, 5xx, interference | the same bytes, the same seq | `transient` backoff, Retry-After as floor |
 * | holding | 401, 403 | the same bytes with the key as it is then | `stubborn` backoff, until the key file changes |
 * | sending | 413, 400, 422 | half of the entries | each refusal halves, down to single entries |
 * | sending | a single object is refused, and nothing speaks for the platform | another object of its feed | `MAX_PROBES` |
 * | sending | a single object is refused, others are taken | the rest, without it | each refusal drops one |
 * | sending | no object of a feed is taken, or a single other entry is refused | the rest, without the feed | the supervisor, before it snapshots the feed again |
 * | sending | 400, 422 of what has offers in it, or of one alone | the rest, without them; their objects with a later batch | the snapshot goes on without offers |
 * | sending | an ack wants offers | their objects, with a later batch before the end | at most one answer for each offer |
 * | sending | 415 | the same entries, next compression | ends with the list of compressions |
 * | pausing | epoch or seq unknown, an ack for other content, open failed | open | `transient` backoff |
 * | pausing | 413, 400, 422 of what may have been applied | open; resume points bring everything back | `transient` backoff |
 * | pausing | cluster unknown | register, then open | `transient` backoff |
 * | pausing | feed after feed is refused | open; resume points bring everything back | `stubborn` backoff |
 * | pausing | an open of our own came late and took over | open | `transient` backoff |
 * | fenced | another agent took over | open | five minutes; with the lease in hand the first time a second |
 * | ready | a feed is offered in another version than it was | open; resume points bring everything back | discovery |
 *
 * What is given up of a batch that is refused is decided in `plan-after-refusal.ts`.
 */
import { unreachable } from '@castai/shared/errors.ts';
import type { Ack } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { DropReason } from '../delivery-observer.ts';
import type { BatchInHand, Portion, Unsent } from './batch-in-hand.ts';
import { planAfterRefusal } from './plan-after-refusal.ts';
import type {
  OpenSession,
  RightLost,
  SessionCommand,
  SessionInput,
  SessionState,
  SessionStep,
  WaitKind,
} from './session-signals.ts';

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
        return to({ phase: 'opening' }, { type: 'abandon' }, { type: 'open' });
      }
      return input.type === 'due'
        ? take(state.session, { portions: [input.entries], suspects: 0, taken: new Map() })
        : to(state);
    case 'sending':
      if (input.type === 'acked') return confirm(state.session, state.batch, input.ack);
      if (input.type === 'refused') return refuse(state.session, whole(state.batch, input.entries), input.verdict);
      return to(state);
    case 'holding':
      return input.type === 'timer' ? to({ ...state, phase: 'sending' }, { type: 'resend' }) : to(state);
    default:
      return unreachable(state);
  }
}

function stepOpening(state: SessionState, input: SessionInput): SessionStep {
  if (input.type === 'opened') {
    const { response, instanceId } = input;
    const session = { epoch: response.epoch, instanceId, seq: 1, processedSeq: 0, givenUp: new Map(), asideInARow: 0 };
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

function confirm(session: OpenSession, batch: BatchInHand, ack: Ack): SessionStep {
  const [confirmed, ...left] = batch.portions;
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
  const taken = new Map(batch.taken);
  for (const [feedId, { length }] of counts) taken.set(feedId, (taken.get(feedId) ?? 0) + length);
  const complete = confirmed.flatMap(({ type, feedId }) => (type === 'snapshotEnd' ? [feedId] : []));
  const hasOffers = confirmed.some(({ type }) => type === 'offer');
  const told: SessionCommand[] = [
    { type: 'confirm', processed: processedSeq - session.processedSeq },
    ...(complete.length > 0 ? [{ type: 'complete' as const, feedIds: complete }] : []),
    ...(hasOffers
      ? [{ type: 'answerOffers' as const, entries: confirmed, wanted: offersIn(confirmed, ack.wanted) }]
      : []),
    ...(ack.rejections.length > 0 ? [{ type: 'reject' as const, entries: confirmed, rejections: ack.rejections }] : []),
  ];
  // Objects that wait for a verdict on their feed have it now: each is sent once more, and dropped if it is refused again.
  const step = take(next, { portions: left, suspects: 0, taken });
  const heed: SessionCommand = { type: 'heed', limits: ack.limits, directives: ack.directives };
  return { state: step.state, commands: [...told, ...step.commands, heed] };
}

/** Those places that are offers, each once: what a platform wants besides was sent to it already. */
function offersIn(entries: Portion, places: readonly number[] = []): readonly number[] {
  return [...new Set(places)].filter((place) => entries[place]?.type === 'offer');
}

function refuse(session: OpenSession, batch: BatchInHand, verdict: Verdict): SessionStep {
  switch (verdict.kind) {
    case 'FENCED':
      // An open of ours that was given up was carried out after the one that worked: nobody to wait for. Paced all the same, because a
      // platform that always says so would have us open without end.
      if (verdict.openedBy === session.instanceId) return abandon('open', 'transient', verdict);
      return lose(verdict);
    case 'NOT_LEADER':
      return lose(verdict);
    case 'GAP':
      // What is expected was not applied, whatever its attempts came to.
      return verdict.expectedSeq === session.seq
        ? hold(session, { ...batch, mayBeApplied: false }, wait('transient', verdict))
        : abandon('open', 'transient', verdict);
    case 'UNKNOWN_EPOCH':
      return abandon('open', 'transient', verdict);
    case 'UNKNOWN_CLUSTER':
      return abandon('register', 'transient', verdict);
    case 'TOO_LARGE':
    case 'REJECTED':
      return leaveOut(session, batch, verdict);
    case 'UNSUPPORTED_ENCODING':
      if (verdict.next === undefined) return hold(session, batch, wait('transient', verdict));
      return to({ phase: 'sending', session, batch }, prepare(session, batch));
    case 'UNAUTHORIZED':
      return hold(session, batch, wait(verdict.keyChanged ? 'none' : 'stubborn', verdict));
    case 'INTERFERENCE':
      // An ack of this seq for other content: it was cut differently before its first answer got lost. Only a new
      // session tells what the platform has.
      if (verdict.ackMismatch) return abandon('open', 'transient', verdict);
      return hold(session, { ...batch, mayBeApplied: true }, wait('transient', verdict));
    case 'UNAVAILABLE':
    case 'NO_ANSWER':
      return hold(session, { ...batch, mayBeApplied: true }, wait('transient', verdict));
    default:
      return unreachable(verdict);
  }
}

/** What is on the wire has no bodies any more: where it has to be packed anew they come with the refusal. */
function whole(batch: BatchInHand, entries: Portion | undefined): BatchInHand {
  const [, ...left] = batch.portions;
  return entries === undefined ? batch : { ...batch, portions: [entries, ...left] };
}

function leaveOut(session: OpenSession, batch: BatchInHand, verdict: Verdict & { kind: DropReason }): SessionStep {
  const plan = planAfterRefusal(session, batch, verdict.kind);
  switch (plan.next) {
    case 'goOn': {
      // Other content must not go out under a seq that is taken, and only a new session tells whether it is.
      if (batch.mayBeApplied) return abandon('open', 'transient', verdict);
      const { state, commands } = take(plan.session, plan.left);
      return { state, commands: [...plan.commands, ...commands] };
    }
    case 'repeat':
      return hold(session, batch, wait('transient', verdict));
    case 'beginAnew':
      return abandon('open', 'stubborn', verdict);
    default:
      return unreachable(plan);
  }
}

/** Sends the first portion, or lets go of the batch when none is left. */
function take(session: OpenSession, { portions, ...batch }: Unsent): SessionStep {
  const [first, ...others] = portions;
  if (first === undefined) return to({ phase: 'ready', session }, { type: 'release' });
  const unanswered: BatchInHand = { ...batch, portions: [first, ...others], mayBeApplied: false };
  return to({ phase: 'sending', session, batch: unanswered }, prepare(session, unanswered));
}

function prepare({ epoch, seq }: OpenSession, { portions: [entries] }: BatchInHand): SessionCommand {
  return { type: 'prepare', epoch, seq, entries };
}

function lose(lost: RightLost): SessionStep {
  return to({ phase: 'fenced', lost }, { type: 'abandon' }, { type: 'prove', lost });
}

function hold(session: OpenSession, batch: BatchInHand, command: SessionCommand): SessionStep {
  return to({ phase: 'holding', session, batch }, command);
}

function abandon(next: 'register' | 'open', kind: WaitKind, verdict: Verdict): SessionStep {
  return to({ phase: 'pausing', next }, { type: 'abandon' }, wait(kind, verdict));
}

function pause(next: 'register' | 'open', kind: WaitKind, verdict: Verdict): SessionStep {
  return to({ phase: 'pausing', next }, wait(kind, verdict));
}

function wait(kind: WaitKind, verdict: Verdict): SessionCommand {
  return { type: 'wait', kind, retryAfterMs: verdict.retryAfterMs ?? 0 };
}

function to(state: SessionState, ...commands: SessionCommand[]): SessionStep {
  return { state, commands };
}

const OPENING: SessionStep = { state: { phase: 'opening' }, commands: [{ type: 'open' }] };
