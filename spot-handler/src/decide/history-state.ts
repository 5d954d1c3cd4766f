/**
 * What is known of the deeds of earlier processes, as a pure machine. They stand on the node, so a notice that is already there at the
 * start waits for it, or it would be reported a second time; an API server that is away keeps it waiting for a moment only.
 *
 * | in phase | input | leads to | commands |
 * |---|---|---|---|
 * | awaited | node | known | restore, reconsider |
 * | awaited | deleted, patience over | known, of no node yet | reconsider |
 * | known | node, another than the known one | known | restore, reconsider |
 * | known | node as before, deleted, patience over | known | reconsider |
 *
 * Only the first state of a node tells of other processes: later ones may be older than what this one has on its way. A node that is
 * registered anew has another uid and comes without marks, so it is taken over like a first one. No command asks anybody anything: there
 * is no way back to a request.
 */
import { unreachable } from '@castai/shared/errors.ts';

/** Whether it is known what earlier processes have done, and from which node. */
export type HistoryState =
  /** Nothing has been heard of the node, and it is still waited for. */
  | { readonly phase: 'awaited' }
  /** As far as it ever will be; `uid` is empty while no node has been taken over. */
  | { readonly phase: 'known'; readonly uid: string };

/** What is heard of the node. */
export type HistoryInput =
  /** A state of it, by the uid under which it is registered. */
  | { readonly type: 'node'; readonly uid: string }
  /** There is no such object. */
  | { readonly type: 'deleted' }
  /** A notice must not wait any longer. */
  | { readonly type: 'patience over' };

/** What is to be done, in this order. */
export type HistoryCommand =
  /** Take over what the node says, and see to it that what is wanted now stands on it. */
  | 'restore'
  /** Look again at what was held back: the node also says who we are. */
  | 'reconsider';

/** A state and what getting there asks for. */
export interface HistoryStep {
  readonly state: HistoryState;
  readonly commands: readonly HistoryCommand[];
}

/** Where every process starts. */
export const AWAITED: HistoryState = { phase: 'awaited' };

/** The machine. Total. */
export function stepHistory(state: HistoryState, input: HistoryInput): HistoryStep {
  const uid = state.phase === 'known' ? state.uid : '';
  switch (input.type) {
    case 'node':
      if (input.uid === uid) return known(uid);
      return known(input.uid, 'restore');
    case 'deleted':
    case 'patience over':
      return known(uid);
    default:
      return unreachable(input);
  }
}

function known(uid: string, ...first: readonly HistoryCommand[]): HistoryStep {
  return { state: { phase: 'known', uid }, commands: [...first, 'reconsider'] };
}
