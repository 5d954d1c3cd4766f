/** The steps of the loop from a decision to a delivery; `loop-state.ts` is the machine. */
import { must } from '@castai/shared/errors.ts';
import type { NodeFacts } from '../pool/classify-node.ts';
import type { PoolRecord } from '../pool/pool-record.ts';
import type { DataProblem, DataProblemKind } from '../read/data-problem.ts';
import { classifyDelivery, type DeliveryFailure } from '../send/classify-delivery.ts';
import {
  type Delivery,
  DUE_NAMES,
  type DueName,
  type LoopCommand,
  type LoopEvent,
  type LoopMoment,
  type LoopState,
  type LoopStep,
  type Pace,
  type PoolChange,
} from './loop-signals.ts';
import { after, begin, decided, learned, type Of, schedule, to, type Unanswered } from './loop-step.ts';

/** An operator has to change the deployment for these; once the data was read well they are conditions like the others. */
const FATAL_AT_START: ReadonlySet<DataProblemKind> = new Set(['directory-missing', 'access-denied']);

/** When the next attempt is due, by what an answer asks for. A refusal is final for this key of the platform alone. */
const ATTEMPT_PACES: Record<DeliveryFailure['retry'], Pace> = {
  backoff: 'sendBackoff',
  slow: 'slow',
  now: 'now',
  refused: 'now',
};

/** Decides by all that was learned, and begins what follows from it. */
export function act(at: LoopMoment, before: LoopState): LoopStep {
  const state = decided(at, before);
  const { decision } = state;
  if (decision.kind !== 'send') return letGo(at, state);
  const { key, node } = decision;
  const isNew = key !== state.scheduledKey;
  const next = { ...state, scheduledKey: key };
  if (!isNew && at.due.has('attempt')) return begin(next, { is: 'acquire', node });
  const step = at.isLeaseHeld && at.due.has('renewal') ? begin(next, { is: 'renew', node }) : rest(at, next);
  return isNew ? after([schedule('attempt', 'spread')], step) : step;
}

/** The lease was asked for. */
export function stepAcquire(state: LoopState, { node }: Of<'acquire'>, { at, input }: LoopEvent): LoopStep {
  if (input.type === 'unanswered') return attemptLater(at, state, input);
  if (input.type !== 'lease') return to(state);
  const next = { ...state, hasLease: input.isOurs };
  if (!input.isOurs) return after([schedule('attempt', 'leaseTaken')], rest(at, next));
  return after([schedule('renewal', 'renewal')], begin(next, { is: 'recall', node, during: 'attempt' }));
}

/** What the other pods have delivered meanwhile is known now. */
export function prepare(at: LoopMoment, before: LoopState): LoopStep {
  const state = decided(at, before);
  const { decision, keyIndex, seen } = state;
  if (decision.kind !== 'send') return letGo(at, state);
  const { node, reason } = decision;
  const description = { node, reason, controlPlaneVersion: seen.controlPlaneVersion ?? '' };
  return begin(state, { is: 'prepare', description, keyIndex });
}

/** What was read now may be what the platform has already. And reading takes its time: the lease must still be ours. */
export function stepPrepare(
  before: LoopState,
  { description: { node } }: Of<'prepare'>,
  { at, input }: LoopEvent,
): LoopStep {
  if (input.type === 'unreadable') return unreadable(at, before, input.problem);
  if (input.type !== 'prepared') return to(before);
  const { content, bytes } = input;
  const state = decided(at, learned(before, { type: 'content', ...content }));
  const { decision } = state;
  const discard: LoopCommand = { type: 'discard' };
  if (decision.kind !== 'send') return after([discard], letGo(at, state));
  if (!at.isLeaseHeld) return after([discard], rest(at, state));
  const { key, reason } = decision;
  return begin({ ...state, scheduledKey: key }, { is: 'send', delivery: { node, reason, key, content, bytes } });
}

/** The platform has answered, or has not. */
export function stepSend(state: LoopState, { delivery }: Of<'send'>, { at, input }: LoopEvent): LoopStep {
  if (input.type === 'accepted') {
    const record = recordOf(at, state, delivery);
    const told: LoopCommand[] = [
      { type: 'delivered', reason: delivery.reason, bytes: delivery.bytes },
      { type: 'settled', what: 'delivery' },
    ];
    return after(told, keep(learned(state, { type: 'acknowledged', record }), delivery.node));
  }
  if (input.type !== 'refused') return to(state);
  const { verdict } = input;
  const failure = classifyDelivery(verdict);
  const failed: LoopCommand = { type: 'failed', verdict, failure, pace: ATTEMPT_PACES[failure.retry] };
  if (failure.retry !== 'refused') return after([failed], rest(at, state));
  const keyIndex = (state.keyIndex + 1) % Math.max(1, at.keyCount);
  if (keyIndex !== 0) return after([failed], rest(at, { ...state, keyIndex }));
  const refusal = { sendKey: delivery.key, atMs: at.nowMs };
  return after([failed], keep(learned({ ...state, keyIndex }, { type: 'refused', refusal }), delivery.node));
}

/** Keeps what is known of the pool now. */
function keep(state: LoopState, node: NodeFacts): LoopStep {
  const change: PoolChange = { node, pool: must(state.seen.pool, 'an attempt of a pool that nothing is known of') };
  return begin({ ...state, unsaved: change }, { is: 'save', change, after: 'sending' });
}

/** The lease was renewed, or not. */
export function stepRenew(state: LoopState, { at, input }: LoopEvent): LoopStep {
  if (input.type !== 'lease' && input.type !== 'unanswered') return to(state);
  const hasLease = input.type === 'lease' ? input.isOurs : state.hasLease;
  return after([schedule('renewal', 'renewal')], rest(at, { ...state, hasLease }));
}

/** The API server did not answer: the attempt waits. */
export function attemptLater(at: LoopMoment, state: LoopState, { retryAfterMs }: Unanswered): LoopStep {
  return after([schedule('attempt', 'kubeBackoff', retryAfterMs)], rest(at, state));
}

/** Gives the lease back unless something waits to be kept under it. */
function letGo(at: LoopMoment, state: LoopState): LoopStep {
  return state.hasLease && state.unsaved === undefined ? begin(state, { is: 'release' }) : rest(at, state);
}

/** Waits for what matters now: an attempt that is due means nothing while there is nothing to send. */
export function rest({ isLeaseHeld }: LoopMoment, state: LoopState): LoopStep {
  const isSending = state.decision.kind === 'send';
  const until: Record<DueName, boolean> = {
    cluster: true,
    files: state.seen.node?.kind === 'eligible',
    reread: false,
    attempt: isSending,
    renewal: isSending && isLeaseHeld,
  };
  return begin(state, { is: 'rest', until: DUE_NAMES.filter((name) => until[name]) });
}

/** The data cannot be used: a deployment that never could is given up, any other waits for better files. */
export function unreadable(at: LoopMoment, state: LoopState, problem: DataProblem): LoopStep {
  const hasReadWell = state.signature !== undefined;
  if (!hasReadWell && FATAL_AT_START.has(problem.kind)) return begin(state, { is: 'giveUp', problem });
  return after([schedule('files', 'readBackoff')], act(at, learned(state, { type: 'content-lost' })));
}

/** No node is younger than what it has delivered: where its clock and the API server's differ, others could not believe the record. */
function recordOf({ nowMs }: LoopMoment, { seen }: LoopState, { node, content }: Delivery): PoolRecord {
  const { nodeImage, kubeletVersion, uid: nodeUid } = node;
  const nodeCreatedAtMs = Math.min(node.createdAtMs, nowMs);
  const { controlPlaneVersion = '', requestId } = seen;
  return {
    ackedAtMs: nowMs,
    nodeImage,
    kubeletVersion,
    controlPlaneVersion,
    ...content,
    nodeUid,
    nodeCreatedAtMs,
    requestId,
  };
}
