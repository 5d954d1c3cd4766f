import type { ActionOutcome } from '../ack/ack-code.ts';
import type { Action, ActionKind } from '../poll/action.ts';
import { isTooLate } from './plan-drain.ts';
import { whyOutOfBounds } from './plan-object.ts';

/** What is allowed here at all. */
export interface Bounds {
  readonly kinds: ReadonlySet<ActionKind>;
  /** See `whyOutOfBounds`. */
  readonly resources: readonly string[];
}

/** Why an action must not be begun; undefined when it may. `nowMs` is the wall clock's. */
export function planRefusal(
  { createdAtMs, body }: Action,
  { kinds, resources }: Bounds,
  nowMs: number,
): ActionOutcome | undefined {
  const { kind } = body;
  if (!kinds.has(kind)) return { is: 'failed', code: 'unsupported', detail: `${kind} is switched off here` };
  if (kind === 'disconnectCluster') return DISCONNECT;
  if ('object' in body) {
    const detail = whyOutOfBounds(body.object, resources);
    if (detail !== undefined) return { is: 'failed', code: 'unsupported', detail };
  }
  if ('timeoutMs' in body && isTooLate(createdAtMs, body.timeoutMs, nowMs)) {
    return { is: 'failed', code: 'timeout', detail: 'the action came later than it may take; nothing was done' };
  }
  return undefined;
}

/** The namespace that it means holds whatever else was put there, and who deletes it deletes this program before it has said so. */
const DISCONNECT: ActionOutcome = {
  is: 'failed',
  code: 'unsupported',
  detail:
    'a cluster is not disconnected from within: uninstall the chart, which takes everything along that it has put here',
};
