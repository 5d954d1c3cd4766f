import type { Wire } from '@castai/agent/deliver/wire-state.ts';

/** Something that is promised on one wire at the least. */
export type WirePromise =
  | 'what is processed is told'
  | 'a lost answer costs nothing'
  | 'feeds are asked for one by one'
  | 'who opened last is the only one'
  | 'an acknowledgement says of what it is'
  | 'compressions are agreed upon'
  | 'what is gone is told at once, whatever history was lost'
  | 'what cannot be read any more keeps its last state';

/** What a wire does not promise, and what holds in its place. */
export interface Exception {
  readonly wire: Wire;
  readonly promise: WirePromise;
  readonly because: string;
  readonly instead: string;
}

/** Both, for suites that run on each. */
export const WIRES: readonly Wire[] = ['ingest', 'agent-deltas'];

/**
 * The whole list, to be read by people: whatever is not here, a suite may expect on both wires, and convergence (I1), no resurrection (I2),
 * versions that rise (I3), durability (I4), positions that lose nothing (I5), no removal without a whole list (I6) never are.
 */
const EXCEPTIONS: readonly Exception[] = [
  {
    wire: 'agent-deltas',
    promise: 'what is processed is told',
    because: 'an answer has a token and no more',
    instead: 'what was received counts as processed, and help texts, /statusz and alerts say so',
  },
  {
    wire: 'agent-deltas',
    promise: 'a lost answer costs nothing',
    because: 'nothing tells whether a delta was applied, and the next token came with the answer',
    instead: 'the token is refused, and one full snapshot follows',
  },
  {
    wire: 'agent-deltas',
    promise: 'feeds are asked for one by one',
    because: 'a platform has one wish, `resync`, for everything',
    instead: 'a full snapshot, at most one a minute',
  },
  {
    wire: 'agent-deltas',
    promise: 'who opened last is the only one',
    because: 'a full snapshot is taken under any token, and has to be: an agent whose token is lost could not go on',
    instead: 'each of two agents refuses the token of the other, and both become more and more seldom',
  },
  {
    wire: 'agent-deltas',
    promise: 'an acknowledgement says of what it is',
    because: 'a token has no meaning to the agent',
    instead: 'there is one request at a time',
  },
  {
    wire: 'agent-deltas',
    promise: 'compressions are agreed upon',
    because: 'receivers have always got gzip',
    instead: 'gzip',
  },
  {
    wire: 'agent-deltas',
    promise: 'what is gone is told at once, whatever history was lost',
    because: 'only a full snapshot removes what nobody saw go',
    instead: 'a full snapshot for the reason, at most one in ten minutes',
  },
  {
    wire: 'agent-deltas',
    promise: 'what cannot be read any more keeps its last state',
    because:
      'a full snapshot is all that there is, and nothing in it says that a kind is forbidden or an object unreadable',
    instead:
      'it goes with the next full snapshot, once an access review has confirmed that nobody may read it, and comes back with the right',
  },
];

/** Whether a wire promises it. */
export function isPromised(wire: Wire, promise: WirePromise): boolean {
  return !EXCEPTIONS.some((exception) => exception.wire === wire && exception.promise === promise);
}
