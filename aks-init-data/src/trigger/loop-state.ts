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
 * | send | 401, 403, interference, cluster unknown | the same | `slow`: half a minute, and up to two more the longer it lasts; Retry-After as floor |
 * | send | 401, 403, and the key file has changed | the same | nothing: another key file is rare |
 * | send | refused, and there is another trusted key | the same, sealed to that one | ends with the list of keys |
 * | send | refused under every key | the same | `refusedPauseMs`, kept with the pool; anything that changes the delivery |
 * | renew | the attempt still waits | renew | `renewal`: 20 s |
 */
import { unreachable } from '@castai/shared/errors.ts';
import type { LoopEvent, LoopState, LoopStep } from './loop-signals.ts';
import { to } from './loop-step.ts';
import { rest, stepAcquire, stepPrepare, stepRenew, stepSend } from './step-attempt.ts';
import { beginRound, stepAsk, stepCheck, stepRead, stepRecall, stepSave } from './step-look.ts';
import { NOTHING_SEEN } from './trigger-state.ts';

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
