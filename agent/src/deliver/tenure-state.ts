/**
 * Whether a leader is of any use, as a pure machine. One that cannot do its work keeps renewing its lease, and a standby that could would
 * wait beside it for ever: so it gives the lease back, and stands again a lease duration later.
 *
 *     serving ─nothing confirmed, or nothing heard, for `HASTE_MS`, and a standby is there─▶ givenBack
 *             ─the same for `PATIENCE_MS`──────────────────────────────────────────────────▶ givenBack
 *
 * There is no way back: giving back ends the term, and the next one begins anew. Loop-backs:
 *
 * | what is done again | trigger | what changes | paced by |
 * |---|---|---|---|
 * | asking for a standby | nothing confirmed or heard for `HASTE_MS` | whether one was there | `ASK_AGAIN_MS` |
 * | giving back in haste | a standby was there | the term is over; the next is patient until it has been of use | once for each time it was of use |
 * | giving back | `PATIENCE_MS` | the term is over | `PATIENCE_MS` |
 *
 * Who waits is asked of the API server, by the pods beside the own one: the platform cannot tell, it is what cannot be reached; and a mark
 * in the lease would be taken for a sign of life of its holder, and make the holder's next renewal a conflict.
 *
 * Why so patient where nobody is known to wait, and after the first time. Where it is the platform that is away for all, giving back does
 * harm: a leader with open watches loses nothing of an outage as long as its buffer lasts, and its successor begins with resume points that
 * the API server's history of five minutes has left behind. So each replica hands an outage on once, and not round and round.
 */
import type { Step } from '@castai/shared/async/machine.ts';
import { unreachable } from '@castai/shared/errors.ts';

/** How long a leader may be of no use where nobody is known to wait. */
export const PATIENCE_MS = 10 * 60_000;
/** How long where somebody is. */
export const HASTE_MS = 2 * 60_000;
/** Two small lists, of an agent that has nothing better to do. */
const ASK_AGAIN_MS = 60_000;

/** Why a leader is of no use: the platform confirms nothing, or the API server tells nothing. */
export type Uselessness = 'NO_PLATFORM' | 'NO_WATCH';

/** Where a term is. Instants are the own monotonic milliseconds. */
export type TenureState =
  | {
      readonly phase: 'serving';
      /** The last instant at which nothing was wrong with the way to the platform, and with the way to the API server. */
      readonly platformAtMs: number;
      readonly apiServerAtMs: number;
      readonly startedAtMs: number;
      /** The term before was given back, and this one has not been of use yet: it is not given back in haste. */
      readonly isPatient: boolean;
      /** When it was last asked for a standby; undefined while nothing is wrong. */
      readonly askedAtMs: number | undefined;
      /** The last answer: a standby is there. */
      readonly isAwaited: boolean;
    }
  | { readonly phase: 'givenBack' };

/** A look at what the leader does, or the answer to the question for a standby. */
export type TenureInput = Look | { readonly type: 'answered'; readonly isAwaited: boolean };

/** A look at what the leader does. */
interface Look {
  readonly type: 'looked';
  readonly nowMs: number;
  /** When the platform last confirmed a batch. */
  readonly confirmedAtMs: number | undefined;
  /** The platform says that another agent sends: the way is not what is wrong, and a standby would be told the same. */
  readonly isFenced: boolean;
  /** There is a session, and feeds that are to be read. */
  readonly isReading: boolean;
  /** When the API server last told something about any feed. */
  readonly heardAtMs: number | undefined;
}

/** What has to be done: ask whether a standby is there, which is answered with `answered`; or give the lease back. */
export type TenureCommand = { readonly type: 'ask' } | { readonly type: 'giveBack'; readonly why: Uselessness };

/** A term that begins now; patient, if the one before was given back and the replica has not been of use since. */
export function tenureFrom(nowMs: number, isPatient: boolean): TenureState {
  return {
    phase: 'serving',
    platformAtMs: nowMs,
    apiServerAtMs: nowMs,
    startedAtMs: nowMs,
    isPatient,
    askedAtMs: undefined,
    isAwaited: false,
  };
}

/** The machine. Total. */
export function stepTenure(state: TenureState, input: TenureInput): Step<TenureState, TenureCommand> {
  if (state.phase === 'givenBack') return { state, commands: [] };
  switch (input.type) {
    case 'looked':
      return judge(hear(state, input), input.nowMs);
    case 'answered': {
      // Acted upon by the next look, which knows whether anything is wrong still; nobody asked while nothing was.
      const isAwaited = input.isAwaited && state.askedAtMs !== undefined;
      return { state: { ...state, isAwaited }, commands: [] };
    }
    default:
      return unreachable(input);
  }
}

type Serving = Extract<TenureState, { phase: 'serving' }>;

function hear(state: Serving, { nowMs, confirmedAtMs, isFenced, isReading, heardAtMs }: Look): Serving {
  const hasServed = confirmedAtMs !== undefined && (heardAtMs ?? 0) > state.startedAtMs;
  return {
    ...state,
    platformAtMs: isFenced ? nowMs : Math.max(state.platformAtMs, confirmedAtMs ?? 0),
    apiServerAtMs: isReading ? Math.max(state.apiServerAtMs, heardAtMs ?? 0) : nowMs,
    isPatient: state.isPatient && !hasServed,
  };
}

function judge(state: Serving, nowMs: number): Step<TenureState, TenureCommand> {
  const { platformAtMs, apiServerAtMs, isPatient, askedAtMs, isAwaited } = state;
  const limitMs = isAwaited && !isPatient ? HASTE_MS : PATIENCE_MS;
  if (nowMs - platformAtMs >= limitMs) return giveBack('NO_PLATFORM');
  if (nowMs - apiServerAtMs >= limitMs) return giveBack('NO_WATCH');
  const isWell = nowMs - Math.min(platformAtMs, apiServerAtMs) < HASTE_MS;
  if (isWell) return { state: { ...state, askedAtMs: undefined, isAwaited: false }, commands: [] };
  const isAskDue = !isPatient && (askedAtMs === undefined || nowMs - askedAtMs >= ASK_AGAIN_MS);
  return isAskDue ? { state: { ...state, askedAtMs: nowMs }, commands: [{ type: 'ask' }] } : { state, commands: [] };
}

function giveBack(why: Uselessness): Step<TenureState, TenureCommand> {
  return { state: { phase: 'givenBack' }, commands: [{ type: 'giveBack', why }] };
}
