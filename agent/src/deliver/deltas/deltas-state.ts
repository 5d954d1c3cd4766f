/**
 * The second wire as a pure machine: one full snapshot, then deltas, each under the token that the answer to the one before has
 * brought. There is one request at a time. Ways back to another request, and what paces them:
 *
 * | from | why | what is sent | paced by |
 * |---|---|---|---|
 * | streaming | news of what the snapshot has told already | that news, one item an object | once, when it is taken |
 * | holding | no answer, 429, 5xx, interference | the same items with the same token | `transient` backoff, Retry-After as floor |
 * | holding | 401, 403, 415 | the same items, with the key as it is then | `stubborn` backoff, until the key file changes |
 * | sending | 413, 400, 422 | half of the items | each refusal halves, down to single items |
 * | sending | a single item is too large | the rest, without it | each refusal drops one |
 * | sending | a single item is refused | a heartbeat, to learn whether the platform takes anything | once an item |
 * | holding | that heartbeat is refused as well | the item, then the rest | `stubborn` backoff |
 * | doubting | the token is not the platform's | a full snapshot, with the old token | `tokenLost` backoff, when the lease is confirmed |
 * | pausing | the cluster of a delta is unknown | registration, then a full snapshot | `transient` backoff |
 * | pausing | the cluster of a snapshot is, and was registered for it | registration, then a fresh one | `snapshot` backoff |
 * | pausing | a full snapshot was cut, or not taken | a fresh one: what was read for it is gone | `snapshot` backoff, Retry-After as floor |
 * | pausing | a full snapshot is too large, or the key is refused | a fresh one | `stubborn` backoff |
 * | ready | a feed has a hole, a deletion was given up, or the platform asks | a full snapshot | ten minutes a reason, `snapshot-wishes.ts` |
 *
 * Why a token that is refused leads to everything again: a delta whose answer was lost was applied or was not, and nothing in the API
 * tells which.
 */
import { unreachable } from '@castai/shared/errors.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type {
  DeltaInHand,
  DeltasCommand,
  DeltasInput,
  DeltasState,
  DeltasStep,
  DeltasWait,
  Portion,
} from './deltas-signals.ts';
import { onePerObject } from './one-per-object.ts';

/** Where every delivery starts. */
export const CLOSED: DeltasState = { phase: 'closed' };

type Held = Extract<DeltasState, { phase: 'sending' | 'holding' }>;

/** The machine. Total: an input that has no meaning in a state (a late timer, a late answer) changes nothing. */
export function stepDeltas(state: DeltasState, input: DeltasInput): DeltasStep {
  switch (state.phase) {
    case 'closed':
      return input.type === 'start' ? register('') : to(state);
    case 'registering':
      if (input.type !== 'registered') return to(state);
      return input.keptToken === undefined ? begin(state.token, 'FIRST') : resume(input.keptToken);
    case 'pausing':
      if (input.type !== 'timer') return to(state);
      return state.next === 'register' ? register(state.token) : begin(state.token, state.reason);
    case 'doubting':
      if (input.type !== 'proven') return to(state);
      return to(
        { phase: 'pausing', next: 'snapshot', token: state.token, reason: 'TOKEN_REFUSED' },
        { type: 'wait', kind: 'tokenLost', retryAfterMs: 0 },
      );
    case 'streaming':
      return stepStreaming(state, input);
    case 'ready':
      if (input.type === 'due') return send(state.token, { portions: onePerObject(input.items), isCheck: false });
      return input.type === 'snapshotDue' ? begin(state.token, input.reason) : to(state);
    case 'sending':
      if (input.type === 'accepted') return accept(state, input.token);
      return input.type === 'refused' ? refuse(state, input.verdict) : to(state);
    case 'holding':
      if (input.type !== 'timer') return to(state);
      return send(state.token, state.batch);
    default:
      return unreachable(state);
  }
}

function stepStreaming(state: Extract<DeltasState, { phase: 'streaming' }>, input: DeltasInput): DeltasStep {
  if (input.type === 'written') return to({ ...state, rest: input.rest });
  if (input.type === 'accepted') {
    // Whoever takes a snapshot before it is there has not read it.
    if (state.rest === undefined) return giveUp(state.token, 'snapshot', 0);
    const { token } = input;
    const portions = state.rest.length === 0 ? [] : onePerObject(state.rest);
    return next(token, portions, { type: 'confirm', token, isSnapshot: true });
  }
  if (input.type !== 'refused') return to(state);
  const { verdict } = input;
  const retryAfterMs = verdict.retryAfterMs ?? 0;
  switch (verdict.kind) {
    case 'UNKNOWN_CLUSTER':
      return registerLater(state.token, 'snapshot', retryAfterMs);
    case 'UNKNOWN_EPOCH':
      // A full snapshot has to be taken with any token; where it is not, none may be better.
      return giveUp('', 'snapshot', retryAfterMs);
    case 'UNAUTHORIZED':
      return giveUp(state.token, verdict.keyChanged ? 'none' : 'stubborn', retryAfterMs);
    case 'TOO_LARGE':
    case 'REJECTED':
    case 'UNSUPPORTED_ENCODING':
      return giveUp(state.token, 'stubborn', retryAfterMs);
    case 'UNAVAILABLE':
    case 'NO_ANSWER':
    case 'INTERFERENCE':
    case 'FENCED':
    case 'NOT_LEADER':
    case 'GAP':
      return giveUp(state.token, 'snapshot', retryAfterMs);
    default:
      return unreachable(verdict);
  }
}

function accept({ batch }: Held, token: string): DeltasStep {
  const confirm: DeltasCommand = { type: 'confirm', token, isSnapshot: false };
  const [, ...rest] = batch.portions;
  if (!batch.isCheck) return next(token, rest, confirm);
  // The platform takes what is not that item.
  const [suspects, ...others] = rest;
  const drops = (suspects ?? []).map((item): DeltasCommand => ({ type: 'drop', item, reason: 'REJECTED' }));
  return next(token, others, confirm, ...drops);
}

function refuse(state: Held, verdict: Verdict): DeltasStep {
  const { token, batch } = state;
  const [portion, ...rest] = batch.portions;
  switch (verdict.kind) {
    case 'UNKNOWN_EPOCH':
      return to({ phase: 'doubting', token }, { type: 'abandon' }, { type: 'prove' });
    case 'UNKNOWN_CLUSTER':
      return registerLater(token, 'transient', verdict.retryAfterMs ?? 0);
    case 'TOO_LARGE': {
      const [only] = portion;
      if (portion.length > 1) return send(token, split(portion, rest));
      if (only === undefined) return hold(state, 'transient', verdict);
      return next(token, rest, { type: 'drop', item: only, reason: 'TOO_LARGE' });
    }
    case 'REJECTED': {
      if (portion.length > 1) return send(token, split(portion, rest));
      if (portion.length === 1) return send(token, { portions: [[], portion, ...rest], isCheck: true });
      return holdAll(state, verdict);
    }
    case 'UNAUTHORIZED':
      return hold(state, verdict.keyChanged ? 'none' : 'stubborn', verdict);
    case 'UNSUPPORTED_ENCODING':
      return hold(state, 'stubborn', verdict);
    case 'UNAVAILABLE':
    case 'NO_ANSWER':
    case 'INTERFERENCE':
    case 'FENCED':
    case 'NOT_LEADER':
    case 'GAP':
      return hold(state, 'transient', verdict);
    default:
      return unreachable(verdict);
  }
}

/** Not even a heartbeat is taken: nothing is wrong with the items, so none is given up. */
function holdAll(state: Held, verdict: Verdict): DeltasStep {
  const { token, batch } = state;
  const left = withoutCheck(batch);
  const wait: DeltasCommand = { type: 'wait', kind: 'stubborn', retryAfterMs: verdict.retryAfterMs ?? 0 };
  return to({ phase: 'holding', token, batch: left }, wait);
}

function split(portion: Portion, rest: readonly Portion[]): DeltaInHand {
  const half = Math.ceil(portion.length / 2);
  return { portions: [portion.slice(0, half), portion.slice(half), ...rest], isCheck: false };
}

/** Sends the next portion, or lets go of the batch when none is left. */
function next(token: string, portions: readonly Portion[], ...before: DeltasCommand[]): DeltasStep {
  const [first, ...rest] = portions;
  if (first === undefined) return to({ phase: 'ready', token }, ...before, { type: 'release' });
  const { state, commands } = send(token, { portions: [first, ...rest], isCheck: false });
  return to(state, ...before, ...commands);
}

function send(token: string, batch: DeltaInHand): DeltasStep {
  return to({ phase: 'sending', token, batch }, { type: 'prepare', token, items: batch.portions[0] });
}

function resume(token: string): DeltasStep {
  const { state, commands } = send(token, { portions: [[]], isCheck: false });
  return to(state, { type: 'resume' }, ...commands);
}

function begin(token: string, reason: Extract<DeltasCommand, { type: 'begin' }>['reason']): DeltasStep {
  return to({ phase: 'streaming', token, rest: undefined }, { type: 'begin', token, reason });
}

function register(token: string): DeltasStep {
  return to({ phase: 'registering', token }, { type: 'register' });
}

function registerLater(token: string, kind: DeltasWait, retryAfterMs: number): DeltasStep {
  const state: DeltasState = { phase: 'pausing', next: 'register', token, reason: 'NOT_TAKEN' };
  return to(state, { type: 'abandon' }, { type: 'wait', kind, retryAfterMs });
}

/** What was read for a snapshot is gone with it. */
function giveUp(token: string, kind: DeltasWait, retryAfterMs: number): DeltasStep {
  const state: DeltasState = { phase: 'pausing', next: 'snapshot', token, reason: 'NOT_TAKEN' };
  return to(state, { type: 'abandon' }, { type: 'wait', kind, retryAfterMs });
}

/** A heartbeat that is taken only after a wait tells nothing of an item that was refused before it: what was wrong may have been mended, so that is asked first. */
function hold({ token, batch }: Held, kind: DeltasWait, { retryAfterMs = 0 }: Verdict): DeltasStep {
  return to({ phase: 'holding', token, batch: withoutCheck(batch) }, { type: 'wait', kind, retryAfterMs });
}

function withoutCheck(batch: DeltaInHand): DeltaInHand {
  if (!batch.isCheck) return batch;
  const [, first, ...others] = batch.portions;
  return { portions: [first ?? [], ...others], isCheck: false };
}

function to(state: DeltasState, ...commands: DeltasCommand[]): DeltasStep {
  return { state, commands };
}
