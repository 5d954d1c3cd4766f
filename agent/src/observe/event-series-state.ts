/**
 * When what is told by a Kubernetes Event is written; pure, one machine for each reason. There is one object for a reason, and it counts:
 * nobody reads a hundred of them, and each lies in etcd for an hour.
 *
 *     silent ─told─▶ resting ─rested─▶ silent
 *
 * Ways back to the API server:
 *
 * | from | trigger | what changes | what paces it |
 * |---|---|---|---|
 * | silent → resting | something is told | it is written, with how often there was one | whoever tells: the verdict has its hysteresis |
 * | resting → resting | it has rested, and something was told meanwhile | the latest is written, the others are in its count | `REST_MS` |
 *
 * A write that failed is no way back: what is told next is written next.
 */
import type { Step } from '@castai/shared/async/machine.ts';
import { unreachable } from '@castai/shared/errors.ts';

/** At most one write of a reason in so long: a minute is what a person who looks has to wait for the next one. */
export const REST_MS = 60_000;

/** What is written: one Event as it is now. Instants are of the wall clock, in milliseconds. */
export interface Telling {
  readonly message: string;
  /** How often it was told since the program began. */
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** Where the Event of a reason is; `told`: what was told last, undefined before there was anything. */
export type SeriesState =
  | { readonly is: 'silent'; readonly told: Telling | undefined }
  | { readonly is: 'resting'; readonly told: Telling; readonly isWritten: boolean };

/** What happens to it. */
export type SeriesInput =
  | { readonly type: 'told'; readonly message: string; readonly atMs: number }
  | { readonly type: 'rested' };

/** What is to be done; after a rest it has `rested`. */
export type SeriesCommand = { readonly type: 'write'; readonly telling: Telling } | { readonly type: 'rest' };

/** Nothing was told. */
export const NOTHING_TOLD: SeriesState = { is: 'silent', told: undefined };

/** Decides. */
export function stepSeries(state: SeriesState, input: SeriesInput): Step<SeriesState, SeriesCommand> {
  switch (input.type) {
    case 'told': {
      const told = again(state.told, input);
      return state.is === 'silent' ? write(told) : { state: { is: 'resting', told, isWritten: false }, commands: [] };
    }
    case 'rested':
      if (state.is === 'silent') return { state, commands: [] };
      return state.isWritten ? { state: { is: 'silent', told: state.told }, commands: [] } : write(state.told);
    default:
      return unreachable(input);
  }
}

function write(told: Telling): Step<SeriesState, SeriesCommand> {
  return {
    state: { is: 'resting', told, isWritten: true },
    commands: [{ type: 'write', telling: told }, { type: 'rest' }],
  };
}

function again(told: Telling | undefined, { message, atMs }: { message: string; atMs: number }): Telling {
  return { message, count: (told?.count ?? 0) + 1, firstAtMs: told?.firstAtMs ?? atMs, lastAtMs: atMs };
}
