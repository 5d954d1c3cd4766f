/** The faults in force, and how often each kind has shown. In memory: a platform that starts again is a healthy one. */
import type { AgentCall } from '@castai/platform/front/route.ts';
import { FAULT_TYPES, takeFaults, type FaultAction, type FaultRule } from './fault-rules.ts';
import { parseFault } from './parse-fault.ts';

/** Holds the rules. */
export class FaultBook {
  /** Faults shown so far, by type. */
  readonly shown = new Map<FaultAction['type'], number>(FAULT_TYPES.map((type) => [type, 0]));
  /** Told of each fault that a cluster's call meets. */
  onShown: (type: FaultAction['type'], call: AgentCall, cluster: string) => void = () => {};
  #rules: readonly FaultRule[] = [];
  #lastId = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The rules in force. */
  get rules(): readonly FaultRule[] {
    return this.#rules;
  }

  /** Adds a fault as written by an operator. Throws `RangeError` that says what is wrong with it. */
  add(request: unknown): FaultRule {
    const rule = parseFault(request, `fault-${this.#lastId + 1}`);
    this.#lastId += 1;
    this.#rules = [...this.#rules, rule];
    return rule;
  }

  /** Ends one fault, or all of them; how many. */
  clear(id?: string): number {
    const before = this.#rules.length;
    this.#rules = id === undefined ? [] : this.#rules.filter((rule) => rule.id !== id);
    return before - this.#rules.length;
  }

  /** The faults that a request meets. Those of type `poison` count when they find their object, by {@link note}. */
  take(call: AgentCall, cluster: string | undefined): readonly FaultAction[] {
    const { actions, rules } = takeFaults(this.#rules, { call, cluster }, this.#random);
    this.#rules = rules;
    for (const { type } of actions) {
      if (type === 'poison') continue;
      this.note(type);
      if (cluster !== undefined) this.onShown(type, call, cluster);
    }
    return actions;
  }

  /** Counts one fault as shown. */
  note(type: FaultAction['type']): void {
    this.shown.set(type, (this.shown.get(type) ?? 0) + 1);
  }

  /** Whether an object of this name is rejected alone. */
  isPoisoned(name: string): boolean {
    const poisoned = this.#rules.some(
      ({ action }) => action.type === 'poison' && action.as === 'entry' && action.name === name,
    );
    if (poisoned) this.note('poison');
    return poisoned;
  }
}
