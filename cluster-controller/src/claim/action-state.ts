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
 * | erasing | its record could not be removed | the same removal | `rest` |
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
  switch (input.type) {
    case 'seen':
      return stepSeen(state);
    case 'missed':
      return stepMissed(state);
    case 'fenced':
    case 'stopped':
      return letGo(state);
    default:
      return stepWork(facts, state, input);
  }
}

/** What is left of the inputs: how the work itself goes. */
type WorkInput = Exclude<ActionInput, { type: 'seen' | 'missed' | 'fenced' | 'stopped' }>;

function stepWork(facts: ActionFacts, state: ActionState, input: WorkInput): ActionStepped {
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
      return input.type === 'ackSettled' ? to({ ...state, phase: 'acked' }) : to(state);
    case 'erasing':
      return stepErasing(state, input);
    case 'acked':
    case 'over':
      return to(state);
    default:
      return unreachable(state);
  }
}

function stepSeen(state: ActionState): ActionStepped {
  switch (state.phase) {
    case 'received':
    case 'claiming':
    case 'acking':
      return to({ ...state, missed: 0 });
    case 'claimed':
      return to({ ...state, isAsked: true, missed: 0 });
    case 'acked':
      return tell(state.record) ?? to(state);
    case 'running':
    case 'finished':
    // Begun anew by the poll after its removal, as anything that is long forgotten.
    case 'erasing':
    case 'over':
      return to(state);
    default:
      return unreachable(state);
  }
}

function stepMissed(state: ActionState): ActionStepped {
  switch (state.phase) {
    case 'received':
      // What is not begun is not begun for somebody who does not ask for it any more.
      return countMissed(state, state.doing === 'waiting' ? FORGOTTEN_AFTER : Infinity, () => to(OVER));
    case 'claiming':
      // Nor what could not be stored for as long as nobody has asked for it.
      return countMissed(state, state.doing === 'resting' ? FORGOTTEN_AFTER : Infinity, () => erase(state.record));
    case 'claimed':
      return countMissed(state, FORGOTTEN_AFTER, () => erase(state.record));
    case 'acking':
      return countMissed(state, FORGOTTEN_AFTER, () => erase(state.record, { type: 'withdraw' }));
    case 'acked':
      return countMissed(state, forgottenAfter(state.record), () => erase(state.record));
    case 'running':
    case 'finished':
    case 'erasing':
    case 'over':
      return to(state);
    default:
      return unreachable(state);
  }
}

/** It is forgotten as soon as so many polls in a row have not had it. */
function countMissed(
  state: Extract<ActionState, { missed: number }>,
  most: number,
  forget: () => ActionStepped,
): ActionStepped {
  const missed = state.missed + 1;
  return missed >= most ? forget() : to({ ...state, missed });
}

/** It is told once, and its record removed for as long as that takes: whoever leads next would go on with it. */
function erase(record: ActionRecord, ...before: readonly ActionCommand[]): ActionStepped {
  return to({ phase: 'erasing', doing: 'saving', record }, ...before, { type: 'forget', record }, { type: 'erase' });
}

/** Another leader writes, or the term ends. */
function letGo(state: ActionState): ActionStepped {
  if (state.phase === 'running' && state.doing === 'working') return to(OVER, { type: 'halt' });
  return state.phase === 'acking' ? to(OVER, { type: 'withdraw' }) : to(OVER);
}

function stepReceived(facts: ActionFacts, state: In<'received'>, input: WorkInput): ActionStepped {
  const { doing } = state;
  switch (input.type) {
    case 'admitted':
      return doing === 'waiting' ? to({ ...state, doing: 'resolving' }, { type: 'resolve' }) : to(state);
    case 'rested':
      if (doing !== 'resting') return to(state);
      return state.missed >= FORGOTTEN_AFTER ? to(OVER) : to({ ...state, doing: 'waiting' });
    case 'resolveFailed':
      return doing === 'resolving' ? to({ ...state, doing: 'resting' }, rest(input)) : to(state);
    case 'resolved':
      if (doing !== 'resolving') return to(state);
      return saveClaim({ ...claim(facts, input.nowMs), target: input.target }, state.missed);
    case 'refused':
      return save('finished', { ...claim(facts, input.nowMs), outcome: input.outcome });
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

function stepClaiming(state: In<'claiming'>, input: WorkInput): ActionStepped {
  const { record, doing, missed } = state;
  // Whether it is stored is open, and nothing is done: it waits for its turn with the target that it has.
  if (doing === 'resting' && input.type === 'rested') return to({ phase: 'claimed', isAsked: true, record, missed });
  return stepSaving(state, input, doing === 'saving' ? () => work(record) : undefined);
}

function stepClaimed({ epoch }: ActionFacts, state: In<'claimed'>, input: WorkInput): ActionStepped {
  if (!state.isAsked) return to(state);
  // Ours from here on: a leader before us that still runs finds out when it writes.
  const record = { ...state.record, epoch };
  if (input.type === 'admitted') return saveClaim(record, state.missed);
  return input.type === 'refused' ? save('finished', { ...record, outcome: input.outcome }) : to(state);
}

function stepRunning(state: In<'running'>, input: WorkInput): ActionStepped {
  const { doing, record } = state;
  if (doing !== 'working') return stepSaving(state, input, doing === 'saving' ? () => work(record) : undefined);
  if (input.type === 'advanced') return save('running', { ...record, step: input.step, progress: input.progress });
  if (input.type !== 'concluded') return to(state);
  return save('finished', { ...record, progress: input.progress, outcome: input.outcome });
}

function stepFinished(state: In<'finished'>, input: WorkInput): ActionStepped {
  const { record, doing } = state;
  return stepSaving(state, input, doing === 'saving' ? () => tell(record) ?? to(OVER) : undefined);
}

function stepErasing(state: In<'erasing'>, input: WorkInput): ActionStepped {
  const { doing } = state;
  if (doing === 'resting')
    return input.type === 'rested' ? to({ ...state, doing: 'saving' }, { type: 'erase' }) : to(state);
  if (input.type === 'saved') return to(OVER);
  return input.type === 'saveFailed' ? to({ ...state, doing: 'resting' }, rest(input)) : to(state);
}

/** What is the same wherever something is being written down. `stored`: what follows; absent while it rests. */
function stepSaving(
  state: In<'claiming'> | In<'running'> | In<'finished'>,
  input: WorkInput,
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

function saveClaim(record: ActionRecord, missed: number): ActionStepped {
  return to({ phase: 'claiming', doing: 'saving', record, missed }, { type: 'save', record });
}

function save(phase: 'running' | 'finished', record: ActionRecord): ActionStepped {
  return to({ phase, doing: 'saving', record }, { type: 'save', record });
}

function work(record: ActionRecord): ActionStepped {
  return to({ phase: 'running', doing: 'working', record }, { type: 'work', record });
}

/** Undefined: there is nothing to tell yet. */
function tell(record: ActionRecord): ActionStepped | undefined {
  const { outcome } = record;
  return outcome && to({ phase: 'acking', record, missed: 0 }, { type: 'ack', outcome });
}

function rest({ retryAfterMs }: { readonly retryAfterMs: number }): ActionCommand {
  return { type: 'rest', atLeastMs: retryAfterMs };
}

type In<P extends ActionState['phase']> = Extract<ActionState, { phase: P }>;

function to(state: ActionState, ...commands: readonly ActionCommand[]): ActionStepped {
  return { state, commands };
}
