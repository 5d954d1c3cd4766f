/**
 * Whether somebody is told of one kind of trouble of one cluster, as a pure machine: what flaps is one episode, what passes at once is none.
 *
 *     quiet ─holds─▶ pending ─has held for `forMs`, and holds─▶ firing ─clear─▶ clearing ─clear for `keepMs`─▶ quiet
 *       ▲               │                                         ▲                │
 *       └clear for `forMs`                                        └────holds───────┘
 *
 * Ways back:
 *
 * | what is done again | trigger | what changes | paced by |
 * |---|---|---|---|
 * | `fire` in the same episode | it became worse than everything that was told of it | the severities told, which only rise | the number of severities |
 * | `firing` from `clearing` | it holds again before it was over | nothing is told | the looks |
 * | `fire` anew | the episode before was resolved | another start, so another id | `forMs` and `keepMs` |
 *
 * Time counts as far as somebody looked: what lies between two looks is what the first of them saw, at most `LONGEST_STEP_MS` of it. So a
 * jump of the clock, or an hour in which this process was stopped, neither begins an episode nor ends one. And held time adds up over
 * flapping: what comes and goes for ever is trouble, and would never be told if each gap began anew.
 */
import type { Step } from '@castai/shared/async/machine.ts';
import { unreachable } from '@castai/shared/errors.ts';
import { type Condition, isWorse, type Observation, type Severity } from './condition.ts';

/** How long trouble has to be there, and to be over, before somebody hears of it; ms. */
export interface EpisodePolicy {
  readonly forMs: number;
  readonly keepMs: number;
}

/** The most that one look stands for, ms. */
export const LONGEST_STEP_MS = 30_000;

/** What was told of. Instants are the wall clock's: they are told, and outlive the process. */
export interface Episode {
  /** When it was first seen. */
  readonly startedAtMs: number;
  /** The severities that were told, each worse than the one before; never empty. */
  readonly severities: readonly Severity[];
  /** As it was last seen. */
  readonly condition: Condition;
}

/** Where one kind of trouble of one cluster is. */
export type EpisodeState =
  | { readonly phase: 'quiet' }
  | {
      readonly phase: 'pending';
      readonly startedAtMs: number;
      readonly look: Look;
      readonly heldMs: number;
      /** Without a break up to the last look. */
      readonly clearMs: number;
    }
  | { readonly phase: 'firing'; readonly episode: Episode }
  | {
      readonly phase: 'clearing';
      readonly episode: Episode;
      readonly look: Look;
      readonly clearMs: number;
      /** When it was first seen to be over. */
      readonly clearedAtMs: number;
    };

/** The last look. */
interface Look {
  readonly atMs: number;
  readonly seen: Observation['type'];
}

/** A look at it. */
export interface EpisodeInput {
  readonly nowMs: number;
  readonly observation: Observation;
}

/** What is to be told. The last of the severities is the one of now; those before were told earlier. */
export type EpisodeCommand =
  | { readonly type: 'fire'; readonly episode: Episode }
  | { readonly type: 'resolve'; readonly episode: Episode; readonly endedAtMs: number };

type EpisodeStep = Step<EpisodeState, EpisodeCommand>;

const QUIET: EpisodeState = { phase: 'quiet' };

/** Where it begins: with the episode that an earlier process has told of and not seen the end of, if there is one. */
export function episodeFrom(open: Episode | undefined): EpisodeState {
  return open === undefined ? QUIET : { phase: 'firing', episode: open };
}

/** Decides. Total. */
export function stepEpisode(state: EpisodeState, input: EpisodeInput, policy: EpisodePolicy): EpisodeStep {
  switch (state.phase) {
    case 'quiet':
      return fromQuiet(input, policy);
    case 'pending':
      return fromPending(state, input, policy);
    case 'firing':
      return fromFiring(state, input);
    case 'clearing':
      return fromClearing(state, input, policy);
    default:
      return unreachable(state);
  }
}

type In<Phase extends EpisodeState['phase']> = Extract<EpisodeState, { phase: Phase }>;

function fromQuiet(input: EpisodeInput, policy: EpisodePolicy): EpisodeStep {
  const { nowMs, observation } = input;
  if (observation.type !== 'holds') return stay(QUIET);
  const look: Look = { atMs: nowMs, seen: 'holds' };
  // By way of it even with no time to wait: one place decides when to fire.
  return fromPending({ phase: 'pending', startedAtMs: nowMs, look, heldMs: 0, clearMs: 0 }, input, policy);
}

function fromPending(
  state: In<'pending'>,
  { nowMs, observation }: EpisodeInput,
  { forMs }: EpisodePolicy,
): EpisodeStep {
  const passedMs = passed(state.look, nowMs);
  const heldMs = state.heldMs + (state.look.seen === 'holds' ? passedMs : 0);
  const clearMs = state.clearMs + (state.look.seen === 'clear' ? passedMs : 0);
  const next = { ...state, heldMs, clearMs, look: { atMs: nowMs, seen: observation.type } };
  switch (observation.type) {
    case 'holds': {
      const { condition } = observation;
      if (heldMs < forMs) return stay({ ...next, clearMs: 0 });
      const episode = { startedAtMs: state.startedAtMs, severities: [condition.severity], condition };
      return { state: { phase: 'firing', episode }, commands: [{ type: 'fire', episode }] };
    }
    case 'clear':
      return stay(clearMs < forMs ? next : QUIET);
    case 'unknown':
      return stay(next);
    default:
      return unreachable(observation);
  }
}

function fromFiring({ episode }: In<'firing'>, { nowMs, observation }: EpisodeInput): EpisodeStep {
  switch (observation.type) {
    case 'holds':
      return goOn(episode, observation.condition);
    case 'clear': {
      const look: Look = { atMs: nowMs, seen: 'clear' };
      return stay({ phase: 'clearing', episode, look, clearMs: 0, clearedAtMs: nowMs });
    }
    case 'unknown':
      return stay({ phase: 'firing', episode });
    default:
      return unreachable(observation);
  }
}

function fromClearing(
  state: In<'clearing'>,
  { nowMs, observation }: EpisodeInput,
  { keepMs }: EpisodePolicy,
): EpisodeStep {
  const { episode, look, clearedAtMs } = state;
  const clearMs = state.clearMs + (look.seen === 'clear' ? passed(look, nowMs) : 0);
  switch (observation.type) {
    case 'holds':
      return goOn(episode, observation.condition);
    case 'clear': {
      if (clearMs < keepMs) return stay({ ...state, clearMs, look: { atMs: nowMs, seen: 'clear' } });
      // A clock that was set back must not end it before it began.
      const endedAtMs = Math.max(episode.startedAtMs, clearedAtMs);
      return { state: QUIET, commands: [{ type: 'resolve', episode, endedAtMs }] };
    }
    case 'unknown':
      return stay({ ...state, clearMs, look: { atMs: nowMs, seen: 'unknown' } });
    default:
      return unreachable(observation);
  }
}

/** It holds while it was told of already: worth another word only when it is worse than everything that was said. */
function goOn(episode: Episode, condition: Condition): EpisodeStep {
  const isNews = episode.severities.every((told) => isWorse(condition.severity, told));
  const severities = isNews ? [...episode.severities, condition.severity] : episode.severities;
  const next = { ...episode, severities, condition };
  return { state: { phase: 'firing', episode: next }, commands: isNews ? [{ type: 'fire', episode: next }] : [] };
}

function passed(look: Look, nowMs: number): number {
  return Math.min(Math.max(0, nowMs - look.atMs), LONGEST_STEP_MS);
}

function stay(state: EpisodeState): EpisodeStep {
  return { state, commands: [] };
}
