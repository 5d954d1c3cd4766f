/** What a step gives: where the machine is now, and what is to be done about it, in this order. */
export interface Step<State, Command> {
  readonly state: State;
  readonly commands: readonly Command[];
}

/** What a machine is made of. */
export interface MachineOptions<State, Input, Command> {
  readonly initial: State;
  /** Decides: pure and total. */
  readonly step: (state: State, input: Input) => Step<State, Command>;
  /** Does what was decided. It may hand in inputs; `state` is the one that the step has given. */
  readonly perform: (command: Command) => void;
  /** `step` or `perform` has thrown: a bug, because whatever can go wrong is an input. */
  readonly onBug: (error: unknown) => void;
  /** Told when the inbox is empty again, after a bug as well: for what has to be looked at whatever has happened. It may hand in inputs. */
  readonly onSettled?: () => void;
}

/**
 * Runs a pure machine: takes inputs, steps, and has the commands performed.
 *
 * What is done for one input may bring the next one in the same turn: a page with nothing in it is received at once, a lease is
 * found to be over while it is looked at. Such an input waits until the commands of the one before are done. Stepping at once would
 * do them in the wrong order, and those that are left would be of a state that is over.
 *
 * After a bug it goes on with the next input: whoever is told of the bug ends the program, and the stop has to be heard.
 */
export class Machine<State, Input, Command> {
  readonly #options: MachineOptions<State, Input, Command>;
  readonly #inbox: Input[] = [];
  #state: State;
  #isStepping = false;

  constructor(options: MachineOptions<State, Input, Command>) {
    this.#options = options;
    this.#state = options.initial;
  }

  /** Where it is. */
  get state(): State {
    return this.#state;
  }

  /** Whether commands are being done: an input that is handed in now waits for its turn. */
  get isStepping(): boolean {
    return this.#isStepping;
  }

  /** Tells the machine what happened. Never throws. */
  dispatch(input: Input): void {
    this.#inbox.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) this.#take(next);
    this.#isStepping = false;
    this.#options.onSettled?.();
  }

  #take(input: Input): void {
    const { step, perform, onBug } = this.#options;
    try {
      const { state, commands } = step(this.#state, input);
      this.#state = state;
      for (const command of commands) perform(command);
    } catch (error) {
      onBug(error);
    }
  }
}
