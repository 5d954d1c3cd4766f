/** How far a dump is. */
export interface DumpProgress {
  /** Feeds that were read. */
  readonly done: number;
  readonly feeds: number;
  /** The one that is being read. */
  readonly feed: string;
  readonly objects: number;
  readonly bytes: number;
  /** Share of the present feed that was read, 0 to 1. */
  readonly share: number;
}

const BAR_WIDTH = 16;
const MIB = 1024 * 1024;

/** One line that never is as wide as the terminal: a line that wraps could not be written over. */
export function progressLine({ done, feeds, feed, objects, bytes, share }: DumpProgress, columns: number): string {
  const filled = Math.round((BAR_WIDTH * Math.min(done + share, feeds)) / Math.max(feeds, 1));
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
  const size = `${(bytes / MIB).toFixed(1)} MiB`;
  const text = `${bar} ${String(done)}/${String(feeds)} feeds, ${String(objects)} objects, ${size}  ${feed}`;
  return text.slice(0, Math.max(0, columns - 1));
}
