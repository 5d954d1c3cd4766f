/**
 * The loop as a pure machine: looks at the cluster and at the files at their own pace, decides after every look, and delivers when
 * the decision says so.
 *
 * One thing at a time: a state is what was learned and the one task under way, an input is how that task ended. Whatever is slow or
 * down delays the rest by one timeout, and nothing has to be kept consistent.
 *
 *     rest ─▶ (save) askNode askVersion recall ─▶ check (read) ─▶ decide ─▶ acquire recall prepare send save release ─▶ rest
 *             └──── if the cluster is due ────┘   └─ if files ─┘           └─── if it is to be sent, and its time has come ───┘
 *
 * Ways back to another request, and what paces them:
 *
 * | after | why | what is done again | paced by |
 * |---|---|---|---|
 * | recall, in a look | the look went well | askNode, askVersion, recall | `clusterPoll`: `CLUSTER_POLL_SECONDS`, ten per cent either way |
 * | recall, in a look | the version was told once, or differs from the one before | the same | `confirm`: 30 s, ten per cent either way |
 * | save, askNode, askVersion, recall, in a look | no answer, or a refusal | the same | `kubeBackoff`: 1 s to 5 min, Retry-After as floor |
 * | save, after sending | no answer, or a refusal | save | the next look at the cluster |
 * | check, read | nothing is wrong | check | `filesPoll`: `FILES_POLL_SECONDS` |
 * | check | another signature, or the content is not known | read | the check |
 * | check | the signature is as it was | read | `reread`: an hour |
 * | check, read, prepare | the data cannot be used | check | `readBackoff`: 6 s to 5 min |
 * | decide | a reason to send that is new | acquire, and so on | `spread`: up to 10 s, because every pod of the pool sees it |
 * | acquire | another pod holds the lease | acquire | `leaseTaken`: 1 to 2 min |
 * | acquire, recall, in an attempt | no answer, or a refusal | acquire, and so on | `kubeBackoff` |
 * | prepare | it took so long that the lease may be gone | acquire, and so on | reading itself |
 * | send | no answer, 429, 5xx | acquire, and so on | `sendBackoff`: 1 s to 5 min, Retry-After as floor |
 * | send | 401, 403, interference, cluster unknown | the same | `slow`: a quarter of an hour, ten per cent either way |
 * | send | 401, 403, and the key file has changed | the same | nothing: another key file is rare |
 * | send | refused, and there is another trusted key | the same, sealed to that one | ends with the list of keys |
 * | send | refused under every key | the same | `refusedPauseMs`, kept with the pool; anything that changes the delivery |
 * | renew | the attempt still waits | renew | `renewal`: 20 s |
 */
import { unreachable } from '@castai/shared/errors.ts';
import type { PoolRecord } from '../pool/pool-record.ts';
import type { DataProblem, DataProblemKind } from '../read/data-problem.ts';
import { classifyDelivery, type DeliveryFailure } from '../send/classify-delivery.ts';
import {
  type Delivery,
  DUE_NAMES,
  type DueName,
  type LoopCommand,
  type LoopEvent,
  type LoopInput,
  type LoopMoment,
  type LoopState,
  type LoopStep,
  type LoopTask,
  type Pace,
  type PoolChange,
} from './loop-signals.ts';
import { decide, learn, NOTHING_SEEN, type Observation } from './trigger-state.ts';

/** An operator has to change the deployment for these; once the data was read well they are conditions like the others. */
const FATAL_AT_START: ReadonlySet<DataProblemKind> = new Set(['directory-missing', 'access-denied']);

/** When the next attempt is due, by what an answer asks for. A refusal is final for this key of the platform alone. */
const ATTEMPT_PACES: Record<DeliveryFailure['retry'], Pace> = {
  backoff: 'sendBackoff',
  slow: 'slow',
  now: 'now',
  refused: 'now',
};

/** Where every loop starts; a first `woke` sets it going. */
export const NOTHING_DONE: LoopState = {
  task: { is: 'rest', until: ['cluster'] },
  seen: NOTHING_SEEN,
  decision: { kind: 'waiting', for: ['node', 'control-plane', 'pool', 'content'] },
  signature: undefined,
  scheduledKey: '',
  keyIndex: 0,
  hasLease: false,
  unsaved: undefined,
};

/** The machine. Total: an input that is no end of the task under way changes nothing. */
export function stepLoop(state: LoopState, event: LoopEvent): LoopStep {
  const { task } = state;
  const { at, input } = event;
  switch (task.is) {
    case 'rest':
      return input.type === 'woke' ? beginRound(at, state) : to(state);
    case 'save':
      return stepSave(state, task, event);
    case 'askNode':
    case 'askVersion':
      return stepAsk(state, task, event);
    case 'recall':
      return stepRecall(state, task, event);
    case 'check':
      return stepCheck(state, event);
    case 'read':
      return stepRead(state, task, event);
    case 'acquire':
      return stepAcquire(state, task, event);
    case 'renew':
      return stepRenew(state, event);
    case 'prepare':
      return stepPrepare(state, task, event);
    case 'send':
      return stepSend(state, task, event);
    case 'release':
      // A lease that could not be given back runs out.
      if (input.type !== 'released' && input.type !== 'unanswered') return to(state);
      return rest(at, { ...state, hasLease: false });
    case 'giveUp':
      return to(state);
    default:
      return unreachable(task);
  }
}

type Of<Is extends LoopTask['is']> = Extract<LoopTask, { is: Is }>;

// --- the look at the cluster ----------------------------------------------------------------------------------------

function beginRound(at: LoopMoment, state: LoopState): LoopStep {
  if (!at.due.has('cluster')) return lookAtFiles(at, state);
  const { unsaved: change } = state;
  return begin(state, change === undefined ? { is: 'askNode' } : { is: 'save', change, after: 'waking' });
}

/** Known at once, kept as soon as the API server does: a lost record costs a repetition, which the platform recognises. */
function stepSave(state: LoopState, { after: since }: Of<'save'>, { at, input }: LoopEvent): LoopStep {
  switch (input.type) {
    case 'saved': {
      const saved = { ...state, unsaved: undefined };
      return since === 'waking' ? begin(saved, { is: 'askNode' }) : act(at, saved);
    }
    case 'unanswered':
      return since === 'waking' ? lookFailed(at, state, input) : attemptLater(at, decided(at, state), input);
    default:
      return to(state);
  }
}

function stepAsk(state: LoopState, { is }: Of<'askNode' | 'askVersion'>, { at, input }: LoopEvent): LoopStep {
  switch (input.type) {
    case 'node':
      if (is !== 'askNode') return to(state);
      return begin(learned(state, { type: 'node', verdict: input.verdict }), { is: 'askVersion' });
    case 'version': {
      if (is !== 'askVersion') return to(state);
      const next = learned(state, { type: 'control-plane', version: input.version, atMs: at.nowMs });
      const { node: verdict } = next.seen;
      if (verdict?.kind === 'eligible') return begin(next, { is: 'recall', node: verdict.node, during: 'look' });
      return looked(at, learned(next, { type: 'content-lost' }));
    }
    case 'unanswered':
      return lookFailed(at, state, input);
    default:
      return to(state);
  }
}

function stepRecall(state: LoopState, { during }: Of<'recall'>, { at, input }: LoopEvent): LoopStep {
  switch (input.type) {
    case 'recalled': {
      const asked = learned(state, { type: 'request', id: input.requestId });
      const next = state.unsaved === undefined ? learned(asked, { type: 'pool', pool: input.pool }) : asked;
      return during === 'look' ? looked(at, next) : prepare(at, next);
    }
    case 'unanswered':
      return during === 'look' ? lookFailed(at, state, input) : attemptLater(at, state, input);
    default:
      return to(state);
  }
}

function looked(at: LoopMoment, state: LoopState): LoopStep {
  const { lastVersion, controlPlaneVersion } = state.seen;
  const pace = lastVersion === controlPlaneVersion ? 'clusterPoll' : 'confirm';
  return after([{ type: 'settled', what: 'cluster' }, schedule('cluster', pace)], lookAtFiles(at, state));
}

function lookFailed(at: LoopMoment, state: LoopState, { retryAfterMs }: Unanswered): LoopStep {
  return after([schedule('cluster', 'kubeBackoff', retryAfterMs)], lookAtFiles(at, state));
}

// --- the look at the files ------------------------------------------------------------------------------------------

/** Files of nodes that are none of ours are not looked at, let alone opened. */
function lookAtFiles(at: LoopMoment, state: LoopState): LoopStep {
  const isOurs = state.seen.node?.kind === 'eligible';
  return isOurs && at.due.has('files') ? begin(state, { is: 'check' }) : act(at, state);
}

function stepCheck(state: LoopState, { at, input }: LoopEvent): LoopStep {
  if (input.type === 'unreadable') return unreadable(at, state, input.problem);
  if (input.type !== 'checked') return to(state);
  const { signature } = input;
  const isRead = signature === state.signature && state.seen.content !== undefined && !at.due.has('reread');
  if (!isRead) return begin(state, { is: 'read', signature });
  return after([schedule('files', 'filesPoll')], act(at, state));
}

function stepRead(state: LoopState, { signature }: Of<'read'>, { at, input }: LoopEvent): LoopStep {
  if (input.type === 'unreadable') return unreadable(at, state, input.problem);
  if (input.type !== 'read') return to(state);
  const next = learned({ ...state, signature }, { type: 'content', ...input.content });
  return after(
    [{ type: 'settled', what: 'files' }, schedule('reread', 'reread'), schedule('files', 'filesPoll')],
    act(at, next),
  );
}

function unreadable(at: LoopMoment, state: LoopState, problem: DataProblem): LoopStep {
  const hasReadWell = state.signature !== undefined;
  if (!hasReadWell && FATAL_AT_START.has(problem.kind)) return begin(state, { is: 'giveUp', problem });
  return after([schedule('files', 'readBackoff')], act(at, learned(state, { type: 'content-lost' })));
}

// --- the attempt ----------------------------------------------------------------------------------------------------

/** Decides by all that was learned, and begins what follows from it. */
function act(at: LoopMoment, before: LoopState): LoopStep {
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

function stepAcquire(state: LoopState, { node }: Of<'acquire'>, { at, input }: LoopEvent): LoopStep {
  if (input.type === 'unanswered') return attemptLater(at, state, input);
  if (input.type !== 'lease') return to(state);
  const next = { ...state, hasLease: input.isOurs };
  if (!input.isOurs) return after([schedule('attempt', 'leaseTaken')], rest(at, next));
  return after([schedule('renewal', 'renewal')], begin(next, { is: 'recall', node, during: 'attempt' }));
}

/** What the other pods have delivered meanwhile is known now. */
function prepare(at: LoopMoment, before: LoopState): LoopStep {
  const state = decided(at, before);
  const { decision, keyIndex, seen } = state;
  if (decision.kind !== 'send') return letGo(at, state);
  const { node, reason } = decision;
  const description = { node, reason, controlPlaneVersion: seen.controlPlaneVersion ?? '' };
  return begin(state, { is: 'prepare', description, keyIndex });
}

/** What was read now may be what the platform has already. And reading takes its time: the lease must still be ours. */
function stepPrepare(before: LoopState, { description: { node } }: Of<'prepare'>, { at, input }: LoopEvent): LoopStep {
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

function stepSend(state: LoopState, { delivery }: Of<'send'>, { at, input }: LoopEvent): LoopStep {
  if (input.type === 'accepted') {
    const acked = recordOf(at, state, delivery);
    const told: LoopCommand[] = [
      { type: 'delivered', reason: delivery.reason, bytes: delivery.bytes },
      { type: 'settled', what: 'delivery' },
    ];
    return after(told, keep(state, { node: delivery.node, pool: { acked, refused: undefined } }));
  }
  if (input.type !== 'refused') return to(state);
  const { verdict } = input;
  const failure = classifyDelivery(verdict);
  const failed: LoopCommand = { type: 'failed', verdict, failure, pace: ATTEMPT_PACES[failure.retry] };
  if (failure.retry !== 'refused') return after([failed], rest(at, state));
  const keyIndex = (state.keyIndex + 1) % Math.max(1, at.keyCount);
  if (keyIndex !== 0) return after([failed], rest(at, { ...state, keyIndex }));
  const refused = { sendKey: delivery.key, atMs: at.nowMs };
  const pool = { acked: state.seen.pool?.acked, refused };
  return after([failed], keep({ ...state, keyIndex }, { node: delivery.node, pool }));
}

function keep(state: LoopState, change: PoolChange): LoopStep {
  const next = learned({ ...state, unsaved: change }, { type: 'pool', pool: change.pool });
  return begin(next, { is: 'save', change, after: 'sending' });
}

function stepRenew(state: LoopState, { at, input }: LoopEvent): LoopStep {
  if (input.type !== 'lease' && input.type !== 'unanswered') return to(state);
  const hasLease = input.type === 'lease' ? input.isOurs : state.hasLease;
  return after([schedule('renewal', 'renewal')], rest(at, { ...state, hasLease }));
}

function attemptLater(at: LoopMoment, state: LoopState, { retryAfterMs }: Unanswered): LoopStep {
  return after([schedule('attempt', 'kubeBackoff', retryAfterMs)], rest(at, state));
}

/** Gives the lease back unless something waits to be kept under it. */
function letGo(at: LoopMoment, state: LoopState): LoopStep {
  return state.hasLease && state.unsaved === undefined ? begin(state, { is: 'release' }) : rest(at, state);
}

/** Waits for what matters now: an attempt that is due means nothing while there is nothing to send. */
function rest({ isLeaseHeld }: LoopMoment, state: LoopState): LoopStep {
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

// --- words ----------------------------------------------------------------------------------------------------------

type Unanswered = Extract<LoopInput, { type: 'unanswered' }>;

function recordOf({ nowMs }: LoopMoment, { seen }: LoopState, { node, content }: Delivery): PoolRecord {
  const { nodeImage, kubeletVersion, uid: nodeUid, createdAtMs: nodeCreatedAtMs } = node;
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

function decided({ policy, nowMs }: LoopMoment, state: LoopState): LoopState {
  return { ...state, decision: decide(state.seen, policy, nowMs) };
}

function learned(state: LoopState, observation: Observation): LoopState {
  return { ...state, seen: learn(state.seen, observation) };
}

function schedule(what: DueName, pace: Pace, retryAfterMs = 0): LoopCommand {
  return { type: 'schedule', what, pace, retryAfterMs };
}

function begin(state: LoopState, task: LoopTask): LoopStep {
  return to({ ...state, task });
}

function to(state: LoopState): LoopStep {
  return { state, commands: [] };
}

function after(commands: readonly LoopCommand[], step: LoopStep): LoopStep {
  return { state: step.state, commands: [...commands, ...step.commands] };
}
