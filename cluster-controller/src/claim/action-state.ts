/**
 * The life of one action as a pure machine: each effect happens at most once, and what is told of it is what is stored.
 *
 *     received ─admitted, resolved─▶ claiming ─stored─▶ running(step) ⟲ ─concluded─▶ finished ─stored─▶ acking ─▶ acked ─▶ over
 *        ▲                        │ not stored
 *     claimed (found in the store)┘ ─asked for, admitted─▶ claiming                        ▲                        │
 *                                                                                          └──── asked for again ───┘
 *
 * - Nothing is done before the claim is stored, with the uid of what it is about. Whoever goes on with it later goes on with that uid.
 * - No step begins before its name is stored, and nothing is told before the outcome is. Between the two, the process may end anywhere.
 * - What is asked for again while it runs is not begun again. What is asked for again when it is over is told again, and nothing else.
 * - Whoever finds that another leader writes lets go at once, and tells nobody anything.
 * - Whatever is not begun yet and has to rest stands in line again: whoever stops new actions meanwhile has stopped this one, too.
 *
 * Ways back to another request, and what paces them:
 *
 * | from | why | what is sent | paced by |
 * |---|---|---|---|
 * | received | what it is about could not be read | the read | `rest`: a pause that grows, Retry-After among it; then its turn |
 * | claiming | it could not be stored | the same record | `rest`, then its turn |
 * | running, finished | it could not be stored | the same record | `rest` |
 * | running | a step is done | the next record, then the next step | there are three steps at most, each once |
 * | acked | the platform asks for it again | the acknowledgement | its polls |
 */
import { unreachable } from '@castai/shared/errors.ts';
import { type ActionRecord, STEPS } from './action-record.ts';
import type { ActionCommand, ActionFacts, ActionInput, ActionState, ActionStepped } from './action-signals.ts';

/** So many polls in a row that have not had it, and the platform has forgotten it, or has heard of it. */
export const FORGOTTEN_AFTER = 10;
/** The same of a drain that emptied its node, an hour: the deletion that follows it relies on it. */
export const EMPTIED_FORGOTTEN_AFTER = 120;

/** Where an action starts that nothing is stored of. */
export const RECEIVED: ActionState = { phase: 'received', doing: 'waiting', missed: 0 };

/** Where it starts when a process before has written this. */
export function foundState(record: ActionRecord): ActionState {
  if (record.outcome !== undefined) return { phase: 'acked', record, missed: 0 };
  return { phase: 'claimed', isAsked: false, record, missed: 0 };
}

/** The machine. Total: an input that has no meaning in a state (a late answer) changes nothing. */
export function stepAction(facts: ActionFacts, state: ActionState, input: ActionInput): ActionStepped {
  switch (state.phase) {
    case 'received':
      return stepReceived(facts, state, input);
    case 'claiming':
      return stepClaiming(state, input);
    case 'claimed':
      return stepClaimed(facts, state, input);
    case 'running':
      return stepRunning(state, input);
    case 'finished':
      return stepFinished(state, input);
    case 'acking':
      return stepAcking(state, input);
    case 'acked':
      return stepAcked(state, input);
    case 'over':
      return to(state);
    default:
      return unreachable(state);
  }
}

function stepReceived(facts: ActionFacts, state: In<'received'>, input: ActionInput): ActionStepped {
  const { doing, missed } = state;
  switch (input.type) {
    case 'seen':
      return to({ ...state, missed: 0 });
    case 'missed':
      // What is not begun is not begun for somebody who does not ask for it any more.
      if (doing === 'waiting' && missed + 1 >= FORGOTTEN_AFTER) return to(OVER);
      return to({ ...state, missed: missed + 1 });
    case 'admitted':
      return doing === 'waiting' ? to({ ...state, doing: 'resolving' }, { type: 'resolve' }) : to(state);
    case 'rested':
      return doing === 'resting' ? to({ ...state, doing: 'waiting' }) : to(state);
    case 'resolveFailed':
      return doing === 'resolving' ? to({ ...state, doing: 'resting' }, rest(input)) : to(state);
    case 'resolved': {
      if (doing !== 'resolving') return to(state);
      const record = { ...claim(facts, input.nowMs), target: input.target };
      return to({ phase: 'claiming', doing: 'saving', record }, { type: 'save', record });
    }
    case 'refused': {
      const record = { ...claim(facts, input.nowMs), outcome: input.outcome };
      return to({ phase: 'finished', doing: 'saving', record }, { type: 'save', record });
    }
    case 'fenced':
    case 'stopped':
      return to(OVER);
    case 'saved':
    case 'saveFailed':
    case 'advanced':
    case 'concluded':
    case 'ackSettled':
      return to(state);
    default:
      return unreachable(input);
  }
}

function stepClaiming(state: In<'claiming'>, input: ActionInput): ActionStepped {
  const { record, doing } = state;
  // Whether it is stored is open, and nothing is done: it waits for its turn with the target that it has.
  if (doing === 'resting' && input.type === 'rested') return to({ phase: 'claimed', isAsked: true, record, missed: 0 });
  const stored = (): ActionStepped => to({ phase: 'running', doing: 'working', record }, { type: 'work', record });
  return stepSaving(state, input, doing === 'saving' ? stored : undefined);
}

function stepClaimed({ epoch }: ActionFacts, state: In<'claimed'>, input: ActionInput): ActionStepped {
  const { missed, isAsked } = state;
  switch (input.type) {
    case 'seen':
      return to({ ...state, isAsked: true, missed: 0 });
    case 'missed':
      if (missed + 1 >= FORGOTTEN_AFTER) return to(OVER, { type: 'erase' });
      return to({ ...state, missed: missed + 1 });
    case 'admitted': {
      if (!isAsked) return to(state);
      // Ours from here on: a leader before us that still runs finds out when it writes.
      const record = { ...state.record, epoch };
      return to({ phase: 'claiming', doing: 'saving', record }, { type: 'save', record });
    }
    case 'refused': {
      if (!isAsked) return to(state);
      const record = { ...state.record, epoch, outcome: input.outcome };
      return to({ phase: 'finished', doing: 'saving', record }, { type: 'save', record });
    }
    case 'fenced':
    case 'stopped':
      return to(OVER);
    case 'resolved':
    case 'resolveFailed':
    case 'saved':
    case 'saveFailed':
    case 'advanced':
    case 'concluded':
    case 'rested':
    case 'ackSettled':
      return to(state);
    default:
      return unreachable(input);
  }
}

function stepRunning(state: In<'running'>, input: ActionInput): ActionStepped {
  const { doing, record } = state;
  if (doing !== 'working') {
    const stored = (): ActionStepped => to({ ...state, doing: 'working' }, { type: 'work', record });
    return stepSaving(state, input, doing === 'saving' ? stored : undefined);
  }
  switch (input.type) {
    case 'advanced': {
      const next = { ...record, step: input.step, progress: input.progress };
      return to({ phase: 'running', doing: 'saving', record: next }, { type: 'save', record: next });
    }
    case 'concluded': {
      const last = { ...record, progress: input.progress, outcome: input.outcome };
      return to({ phase: 'finished', doing: 'saving', record: last }, { type: 'save', record: last });
    }
    case 'fenced':
    case 'stopped':
      return to(OVER, { type: 'halt' });
    case 'seen':
    case 'missed':
    case 'admitted':
    case 'refused':
    case 'resolved':
    case 'resolveFailed':
    case 'saved':
    case 'saveFailed':
    case 'rested':
    case 'ackSettled':
      return to(state);
    default:
      return unreachable(input);
  }
}

function stepFinished(state: In<'finished'>, input: ActionInput): ActionStepped {
  const { record, doing } = state;
  const { outcome } = record;
  const stored = (): ActionStepped =>
    outcome === undefined ? to(OVER) : to({ phase: 'acking', record, missed: 0 }, { type: 'ack', outcome });
  return stepSaving(state, input, doing === 'saving' ? stored : undefined);
}

function stepAcking(state: In<'acking'>, input: ActionInput): ActionStepped {
  const { record, missed } = state;
  switch (input.type) {
    case 'seen':
      return to({ ...state, missed: 0 });
    case 'missed':
      if (missed + 1 >= FORGOTTEN_AFTER) return to(OVER, { type: 'withdraw' }, { type: 'erase' });
      return to({ ...state, missed: missed + 1 });
    case 'ackSettled':
      return to({ phase: 'acked', record, missed });
    case 'fenced':
    case 'stopped':
      return to(OVER, { type: 'withdraw' });
    case 'admitted':
    case 'refused':
    case 'resolved':
    case 'resolveFailed':
    case 'saved':
    case 'saveFailed':
    case 'advanced':
    case 'concluded':
    case 'rested':
      return to(state);
    default:
      return unreachable(input);
  }
}

function stepAcked(state: In<'acked'>, input: ActionInput): ActionStepped {
  const { record, missed } = state;
  const { outcome } = record;
  switch (input.type) {
    case 'seen':
      if (outcome === undefined) return to(state);
      return to({ phase: 'acking', record, missed: 0 }, { type: 'ack', outcome });
    case 'missed':
      if (missed + 1 >= forgottenAfter(record)) return to(OVER, { type: 'erase' });
      return to({ ...state, missed: missed + 1 });
    case 'fenced':
    case 'stopped':
      return to(OVER);
    case 'admitted':
    case 'refused':
    case 'resolved':
    case 'resolveFailed':
    case 'saved':
    case 'saveFailed':
    case 'advanced':
    case 'concluded':
    case 'rested':
    case 'ackSettled':
      return to(state);
    default:
      return unreachable(input);
  }
}

/** What is the same wherever something is being written down. `stored`: what follows; absent while it rests. */
function stepSaving(
  state: In<'claiming'> | In<'running'> | In<'finished'>,
  input: ActionInput,
  stored: (() => ActionStepped) | undefined,
): ActionStepped {
  switch (input.type) {
    case 'saved':
      return stored === undefined ? to(state) : stored();
    case 'saveFailed':
      return stored === undefined ? to(state) : to({ ...state, doing: 'resting' }, rest(input));
    case 'rested':
      return stored === undefined
        ? to({ ...state, doing: 'saving' }, { type: 'save', record: state.record })
        : to(state);
    case 'fenced':
    case 'stopped':
      return to(OVER);
    case 'seen':
    case 'missed':
    case 'admitted':
    case 'refused':
    case 'resolved':
    case 'resolveFailed':
    case 'advanced':
    case 'concluded':
    case 'ackSettled':
      return to(state);
    default:
      return unreachable(input);
  }
}

const OVER: ActionState = { phase: 'over' };

function forgottenAfter({ kind, target, outcome }: ActionRecord): number {
  const isEmptied = kind === 'drainNode' && target.is === 'found' && outcome?.is === 'done';
  return isEmptied ? EMPTIED_FORGOTTEN_AFTER : FORGOTTEN_AFTER;
}

function claim({ id, kind, epoch }: ActionFacts, nowMs: number): ActionRecord {
  const step = kind === 'unusable' ? 'do' : STEPS[kind][0];
  return { id, kind, epoch, claimedAtMs: nowMs, target: { is: 'none' }, step, progress: {} };
}

function rest({ retryAfterMs }: { readonly retryAfterMs: number }): ActionCommand {
  return { type: 'rest', atLeastMs: retryAfterMs };
}

type In<P extends ActionState['phase']> = Extract<ActionState, { phase: P }>;

function to(state: ActionState, ...commands: readonly ActionCommand[]): ActionStepped {
  return { state, commands };
}
