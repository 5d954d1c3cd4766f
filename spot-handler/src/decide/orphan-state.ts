/**
 * A mark of ours whose reason cannot be read any more, as a pure machine: a record that a later version wrote, or that somebody has edited.
 * It is held as long as a notice about this machine may stand behind it, and given back when none of its sources has one any more.
 *
 * | in phase | input | leads to | commands |
 * |---|---|---|---|
 * | none, held | found | held, nothing looked at yet | hold |
 * | none | cleared, looked | none | – |
 * | held | cleared | none | release |
 * | held | looked, something is there | held, this source anew | – |
 * | held | looked, nothing is there | held, or none when every source had nothing twice, far enough apart | (release) |
 *
 * It asks nobody anything: there is no way back to a request.
 */
import { unreachable } from '@castai/shared/errors.ts';
import type { SourceName } from '../poll/notice.ts';

/** Whether there is such a mark, and which sources have had nothing since when (monotonic, in milliseconds). */
export type OrphanState =
  | { readonly phase: 'none' }
  | {
      readonly phase: 'held';
      readonly emptySinceMs: ReadonlyMap<SourceName, number>;
      /** Sources that had nothing for long enough. */
      readonly done: ReadonlySet<SourceName>;
    };

/** What is heard. */
export type OrphanInput =
  /** The node carries such a mark. */
  | { readonly type: 'found' }
  /** It does not: another node, or every reason can be read. */
  | { readonly type: 'cleared' }
  /** A whole look at a source, and whether it has a notice that may be the reason. */
  | {
      readonly type: 'looked';
      readonly source: SourceName;
      readonly hasReason: boolean;
      /** All sources that there are; empty while that is not known. */
      readonly sources: readonly SourceName[];
      /** Monotonic. */
      readonly atMs: number;
    };

/** A state and whether the mark is to be held from now on, or given back. */
export interface OrphanStep {
  readonly state: OrphanState;
  readonly commands: readonly ('hold' | 'release')[];
}

/** Where every process starts. */
export const NO_ORPHAN: OrphanState = { phase: 'none' };

/** The machine. Total. `absentMs` is how far apart two looks have to be. */
export function stepOrphan(absentMs: number, state: OrphanState, input: OrphanInput): OrphanStep {
  switch (input.type) {
    case 'found':
      return { state: { phase: 'held', emptySinceMs: new Map(), done: new Set() }, commands: ['hold'] };
    case 'cleared':
      return { state: NO_ORPHAN, commands: state.phase === 'none' ? [] : ['release'] };
    case 'looked':
      return state.phase === 'none' ? { state, commands: [] } : look(absentMs, state, input);
    default:
      return unreachable(input);
  }
}

function look(
  absentMs: number,
  { emptySinceMs, done }: Extract<OrphanState, { phase: 'held' }>,
  { source, hasReason, sources, atMs }: Extract<OrphanInput, { type: 'looked' }>,
): OrphanStep {
  const since = new Map(emptySinceMs);
  const over = new Set(done);
  if (hasReason) {
    since.delete(source);
    over.delete(source);
    return { state: { phase: 'held', emptySinceMs: since, done: over }, commands: [] };
  }
  const sinceMs = since.get(source) ?? atMs;
  since.set(source, sinceMs);
  if (atMs - sinceMs >= absentMs) over.add(source);
  const isOver = sources.length > 0 && sources.every((one) => over.has(one));
  if (isOver) return { state: NO_ORPHAN, commands: ['release'] };
  return { state: { phase: 'held', emptySinceMs: since, done: over }, commands: [] };
}
