/** The words that the steps of the loop are said in; `loop-state.ts` is the machine. */
import type {
  DueName,
  LoopCommand,
  LoopInput,
  LoopMoment,
  LoopState,
  LoopStep,
  LoopTask,
  Pace,
} from './loop-signals.ts';
import { decide, learn, type Observation } from './trigger-state.ts';

/** A task by its name. */
export type Of<Is extends LoopTask['is']> = Extract<LoopTask, { is: Is }>;

/** A call that came to nothing. */
export type Unanswered = Extract<LoopInput, { type: 'unanswered' }>;

/** The decision by all that was learned so far. */
export function decided({ policy, nowMs }: LoopMoment, state: LoopState): LoopState {
  return { ...state, decision: decide(state.seen, policy, nowMs) };
}

/** After one more observation. */
export function learned(state: LoopState, observation: Observation): LoopState {
  return { ...state, seen: learn(state.seen, observation) };
}

/** Makes something due at its pace; `retryAfterMs` is a floor. */
export function schedule(what: DueName, pace: Pace, retryAfterMs = 0): LoopCommand {
  return { type: 'schedule', what, pace, retryAfterMs };
}

/** Goes over to a task. */
export function begin(state: LoopState, task: LoopTask): LoopStep {
  return to({ ...state, task });
}

/** A step without a command. */
export function to(state: LoopState): LoopStep {
  return { state, commands: [] };
}

/** The same step behind some commands. */
export function after(commands: readonly LoopCommand[], step: LoopStep): LoopStep {
  return { state: step.state, commands: [...commands, ...step.commands] };
}
