import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { Action, Unusable } from './action.ts';
import { parseAction } from './parse-action.ts';

/** What a poll has brought. */
export interface Asked {
  /** Each id once, in the order of the answer. */
  readonly actions: readonly Action[];
  readonly unusable: readonly Unusable[];
  /** How many have no id by which they could be answered. */
  readonly namelessCount: number;
  /** Ids of those that were not looked at, because there are too many: the next poll has them again. */
  readonly leftIds: readonly string[];
}

/** An answer with more is cut: what is left is asked for again, as long as nobody has acknowledged it. */
export const MOST_ACTIONS = 2000;

/** Reads the list of an answer. Total: `items` may be absent, null, or anything else. */
export function parseAnswer(items: unknown): Asked {
  const list: readonly unknown[] = Array.isArray(items) ? items : [];
  const actions = new Map<string, Action>();
  const unusable = new Map<string, Unusable>();
  let namelessCount = 0;
  for (const item of list.slice(0, MOST_ACTIONS)) {
    const parsed = parseAction(item);
    switch (parsed.is) {
      case 'action':
        // The same id twice in one answer is the same action.
        if (!actions.has(parsed.action.id)) actions.set(parsed.action.id, parsed.action);
        break;
      case 'unusable':
        unusable.set(parsed.unusable.id, parsed.unusable);
        break;
      case 'nameless':
        namelessCount += 1;
    }
  }
  return {
    actions: [...actions.values()],
    unusable: [...unusable.values()].filter(({ id }) => !actions.has(id)),
    namelessCount,
    leftIds: list
      .slice(MOST_ACTIONS)
      .flatMap((item) => (isRecord(item) && typeof item['id'] === 'string' ? item['id'] : [])),
  };
}
