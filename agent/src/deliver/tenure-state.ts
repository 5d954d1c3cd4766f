/**
 * Whether a leader is of any use, as a pure machine. One that cannot do its work keeps renewing its lease, and a standby that could would
 * wait beside it for ever: so it gives the lease back, and stands again a lease duration later.
 *
 *     serving ─nothing confirmed, or nothing heard, for `PATIENCE_MS`─▶ givenBack
 *
 * There is no way back: giving back ends the term, and the next one begins anew. Paced by `PATIENCE_MS`, with what has the right told
 * again only after it.
 *
 * Why so patient. Two minutes would do if the leader knew that somebody waits, and nothing can tell it. The platform could not, it is
 * what cannot be reached. The lease could carry a mark of the one who waits; but every write to it is the sign of life of its holder,
 * for all who stand by, and makes the holder's next renewal a conflict. And where nobody waits, or it is the platform that is away for all,
 * giving back does harm: a leader with open watches loses nothing of an outage as long as its buffer lasts, and its successor begins
 * with resume points that the API server's history of five minutes has left behind. After ten minutes there is less to lose.
 */
import type { Step } from '@castai/shared/async/machine.ts';

/** How long a leader may be of no use. */
export const PATIENCE_MS = 10 * 60_000;

/** Why a leader is of no use: the platform confirms nothing, or the API server tells nothing. */
export type Uselessness = 'NO_PLATFORM' | 'NO_WATCH';

/** Where a term is. Instants are the own monotonic milliseconds. */
export type TenureState =
  | {
      readonly phase: 'serving';
      /** The last instant at which nothing was wrong with the way to the platform, and with the way to the API server. */
      readonly platformAtMs: number;
      readonly apiServerAtMs: number;
    }
  | { readonly phase: 'givenBack' };

/** A look at what the leader does. */
export interface TenureInput {
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

/** What has to be done. */
export interface TenureCommand {
  readonly type: 'giveBack';
  readonly why: Uselessness;
}

/** A term that begins now. */
export function tenureFrom(nowMs: number): TenureState {
  return { phase: 'serving', platformAtMs: nowMs, apiServerAtMs: nowMs };
}

/** The machine. Total. */
export function stepTenure(state: TenureState, input: TenureInput): Step<TenureState, TenureCommand> {
  if (state.phase === 'givenBack') return { state, commands: [] };
  const { nowMs, confirmedAtMs, isFenced, isReading, heardAtMs } = input;
  const platformAtMs = isFenced ? nowMs : Math.max(state.platformAtMs, confirmedAtMs ?? 0);
  const apiServerAtMs = isReading ? Math.max(state.apiServerAtMs, heardAtMs ?? 0) : nowMs;
  if (nowMs - platformAtMs >= PATIENCE_MS) return giveBack('NO_PLATFORM');
  if (nowMs - apiServerAtMs >= PATIENCE_MS) return giveBack('NO_WATCH');
  return { state: { phase: 'serving', platformAtMs, apiServerAtMs }, commands: [] };
}

function giveBack(why: Uselessness): Step<TenureState, TenureCommand> {
  return { state: { phase: 'givenBack' }, commands: [{ type: 'giveBack', why }] };
}
