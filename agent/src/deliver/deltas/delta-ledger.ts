import type { ResumePoint } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Taken } from './delta-book.ts';
import type { DeltaFeed } from './delta-feeds.ts';
import type { DeltaPoint, FeedPoint } from './delta-memory.ts';

/** Up to where the platform has each feed, and up to where it has them once it has taken what is in hand. */
export class DeltaLedger {
  readonly #accepted = new Map<number, string>();
  readonly #claimed = new Map<number, string>();
  readonly #ended = new Set<number>();

  /** What goes out next. */
  take({ positions, ended }: Pick<Taken, 'positions' | 'ended'>): void {
    for (const [feedId, position] of positions) this.#claimed.set(feedId, position);
    for (const feedId of ended) this.#ended.add(feedId);
  }

  /** The platform has all that was taken. Gives the feeds of which it has the end of a list now. */
  settle(): readonly number[] {
    for (const [feedId, position] of this.#claimed) this.#accepted.set(feedId, position);
    const ended = [...this.#ended];
    this.#claimed.clear();
    this.#ended.clear();
    return ended;
  }

  /** All begins anew, at these points. */
  begin(points: readonly ResumePoint[]): void {
    for (const one of [this.#accepted, this.#claimed, this.#ended]) one.clear();
    for (const { feedId, resourceVersion } of points) this.#accepted.set(feedId, resourceVersion);
  }

  /** By name of the feed where it goes on; empty: only a part of it was told. */
  positions(feeds: Iterable<DeltaFeed>, isTold: (feedId: number) => boolean): Map<string, FeedPoint> {
    const positions = new Map<string, FeedPoint>();
    for (const { id, name, shape } of feeds) {
      const position = this.#accepted.get(id) ?? (isTold(id) ? '' : undefined);
      if (position !== undefined) positions.set(name, { position, shape });
    }
    return positions;
  }
}

/** Where each feed goes on, and why it cannot be gone on from there; empty: it can. */
export interface Resumption {
  readonly points: readonly ResumePoint[];
  readonly problem: string;
}

/**
 * What can be made of a point that was remembered. Nothing, when a feed of it is not read any more, is read in another version or
 * scrubbed in another way, or was told in part: the platform's picture of it can only be told as a whole.
 */
export function resumptionOf({ positions }: DeltaPoint, feeds: readonly DeltaFeed[]): Resumption {
  const points: ResumePoint[] = [];
  const known = new Map(feeds.map((feed) => [feed.name, feed]));
  for (const [name, { position, shape }] of positions) {
    const feed = known.get(name);
    if (feed === undefined) return { points: [], problem: `${name} is not read any more` };
    if (feed.shape !== shape) return { points: [], problem: `${name} is read in another way now` };
    if (position !== '') points.push({ feedId: feed.id, resourceVersion: position });
    else if (!feed.isPolled) return { points: [], problem: `only a part of ${name} was told` };
  }
  return { points, problem: '' };
}
