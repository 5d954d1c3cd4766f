import type { FaultAction } from './fault-rules.ts';

/** A fault of one type. */
export type Action<Type extends FaultAction['type']> = Extract<FaultAction, { type: Type }>;

/** The faults that one request meets. */
export class FaultsMet {
  readonly actions: readonly FaultAction[];

  constructor(actions: readonly FaultAction[]) {
    this.actions = actions;
  }

  get none(): boolean {
    return this.actions.length === 0;
  }

  all<Type extends FaultAction['type']>(type: Type): Action<Type>[] {
    return this.actions.filter((action): action is Action<Type> => action.type === type);
  }

  first<Type extends FaultAction['type']>(type: Type): Action<Type> | undefined {
    return this.all(type)[0];
  }
}
