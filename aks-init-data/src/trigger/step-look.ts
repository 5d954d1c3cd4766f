/** The steps of the loop that look at the cluster and at the files; `loop-state.ts` is the machine. */
import type { LoopEvent, LoopMoment, LoopState, LoopStep } from './loop-signals.ts';
import { after, begin, decided, learned, type Of, schedule, to, type Unanswered } from './loop-step.ts';
import { act, attemptLater, prepare, unreadable } from './step-attempt.ts';

/** Something is due: first the cluster, then the files, then what follows from both. */
export function beginRound(at: LoopMoment, state: LoopState): LoopStep {
  if (!at.due.has('cluster')) return lookAtFiles(at, state);
  const { unsaved: change } = state;
  return begin(state, change === undefined ? { is: 'askNode' } : { is: 'save', change, after: 'waking' });
}

/** Known at once, kept as soon as the API server does: a lost record costs a repetition, which the platform recognises. */
export function stepSave(state: LoopState, { after: since }: Of<'save'>, { at, input }: LoopEvent): LoopStep {
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

/** The node, or the version of the control plane, was asked for. */
export function stepAsk(state: LoopState, { is }: Of<'askNode' | 'askVersion'>, { at, input }: LoopEvent): LoopStep {
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

/** What the pool has delivered was asked for. */
export function stepRecall(state: LoopState, { during }: Of<'recall'>, { at, input }: LoopEvent): LoopStep {
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

/** Files of nodes that are none of ours are not looked at, let alone opened. */
function lookAtFiles(at: LoopMoment, state: LoopState): LoopStep {
  const isOurs = state.seen.node?.kind === 'eligible';
  return isOurs && at.due.has('files') ? begin(state, { is: 'check' }) : act(at, state);
}

/** It was seen whether the files have changed. */
export function stepCheck(state: LoopState, { at, input }: LoopEvent): LoopStep {
  if (input.type === 'unreadable') return unreadable(at, state, input.problem);
  if (input.type !== 'checked') return to(state);
  const { signature } = input;
  const isRead = signature === state.signature && state.seen.content !== undefined && !at.due.has('reread');
  if (!isRead) return begin(state, { is: 'read', signature });
  return after([schedule('files', 'filesPoll')], act(at, state));
}

/** The files were read. */
export function stepRead(state: LoopState, { signature }: Of<'read'>, { at, input }: LoopEvent): LoopStep {
  if (input.type === 'unreadable') return unreadable(at, state, input.problem);
  if (input.type !== 'read') return to(state);
  const next = learned({ ...state, signature }, { type: 'content', ...input.content });
  return after(
    [{ type: 'settled', what: 'files' }, schedule('reread', 'reread'), schedule('files', 'filesPoll')],
    act(at, next),
  );
}
