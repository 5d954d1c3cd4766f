/**
 * The outbox of the platform as a pure machine: each acknowledgement is sent until the platform has taken it, or will never take it.
 *
 * - While the platform is away one of them asks for all: a thousand that ask each for itself would be its next outage.
 * - What fails goes to the end: one that fails each time, and for what it says, must not keep the others from being told.
 * - What is wanted again (an id that waits already) is not put in a second time: the platform is told once what is stored.
 * - What it refuses for what it says is settled, too: the action is expired or unknown, and only its asking again tells otherwise.
 *
 * Ways back to another request, and what paces them:
 *
 * | from | why | what is sent | paced by |
 * |---|---|---|---|
 * | resting | the platform is away or has no time | the next one, alone | `rest`: a pause that grows, Retry-After among it |
 * | sending | one was answered and others wait | the next one | its answer: `AT_ONCE` are under way |
 */
import { unreachable } from '@castai/shared/errors.ts';

/** So many requests at once. */
export const AT_ONCE = 8;

/** One acknowledgement: null says that it was done. */
export interface Ack {
  readonly id: string;
  readonly error: string | null;
}

/** Where the outbox is. */
export interface AckState {
  /** Those that wait, oldest first. */
  readonly waiting: readonly Ack[];
  /** Those that are being sent, by id. */
  readonly underWay: ReadonlyMap<string, Ack>;
  /** The platform was away when it was last asked: nothing is sent before the rest is over, and then one. */
  readonly isAway: boolean;
  readonly isResting: boolean;
}

/** What happens to it. */
export type AckInput =
  | { readonly type: 'wanted'; readonly ack: Ack }
  /** Nobody wants it told any more. */
  | { readonly type: 'withdrawn'; readonly id: string }
  /** The platform has it, or will never take it. */
  | { readonly type: 'settled'; readonly id: string }
  /** It is to be sent again. */
  | { readonly type: 'failed'; readonly id: string; readonly retryAfterMs: number }
  | { readonly type: 'rested' }
  | { readonly type: 'stopped' };

/** What has to be done, in order. */
export type AckCommand =
  | { readonly type: 'send'; readonly ack: Ack }
  | { readonly type: 'rest'; readonly atLeastMs: number };

/** A state and what getting there asks for. */
export interface AckStepped {
  readonly state: AckState;
  readonly commands: readonly AckCommand[];
}

/** Nothing is to be told. */
export const NOTHING_TO_TELL: AckState = { waiting: [], underWay: new Map(), isAway: false, isResting: false };

/** The machine. Total: an input that has no meaning in a state changes nothing. */
export function stepAcks(state: AckState, input: AckInput): AckStepped {
  const { waiting, underWay } = state;
  switch (input.type) {
    case 'wanted': {
      const { ack } = input;
      if (underWay.has(ack.id) || waiting.some(({ id }) => id === ack.id)) return { state, commands: [] };
      return send({ ...state, waiting: [...waiting, ack] });
    }
    case 'withdrawn':
      // One that is being sent is let go on, because what it says is true. What comes of it does not matter: it is not sent again.
      return send({
        ...state,
        waiting: waiting.filter(({ id }) => id !== input.id),
        underWay: without(underWay, input.id),
      });
    case 'settled':
      if (!underWay.has(input.id)) return { state, commands: [] };
      return send({ ...state, underWay: without(underWay, input.id), isAway: false });
    case 'failed': {
      const ack = underWay.get(input.id);
      if (ack === undefined) return { state, commands: [] };
      const next = { ...state, waiting: [...waiting, ack], underWay: without(underWay, input.id), isAway: true };
      if (state.isResting) return { state: next, commands: [] };
      return { state: { ...next, isResting: true }, commands: [{ type: 'rest', atLeastMs: input.retryAfterMs }] };
    }
    case 'rested':
      return send({ ...state, isResting: false });
    case 'stopped':
      return { state: NOTHING_TO_TELL, commands: [] };
    default:
      return unreachable(input);
  }
}

/** Sends what there is room for. */
function send(state: AckState): AckStepped {
  if (state.isResting) return { state, commands: [] };
  const room = Math.max(0, (state.isAway ? 1 : AT_ONCE) - state.underWay.size);
  const first = state.waiting.slice(0, room);
  const underWay = new Map([...state.underWay, ...first.map((ack) => [ack.id, ack] as const)]);
  return {
    state: { ...state, waiting: state.waiting.slice(room), underWay },
    commands: first.map((ack) => ({ type: 'send', ack })),
  };
}

function without(acks: ReadonlyMap<string, Ack>, id: string): Map<string, Ack> {
  const rest = new Map(acks);
  rest.delete(id);
  return rest;
}
