import type { ResumePoint } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Taken } from './delta-book.ts';
import type { DeltaFeed } from './delta-feeds.ts';

/** Up to where the platform has each feed, and up to where it has them once it has taken what is in hand. */
export class DeltaLedger {
  readonly #accepted = new Map<number, string>();
  readonly #claimed = new Map<number, string>();
  readonly #ended = new Set<number>();

  /** What goes out next. */
  take({ positions, ended }: Taken): void {
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
  positions(feeds: Iterable<DeltaFeed>, isTold: (feedId: number) => boolean): Map<string, string> {
    const positions = new Map<string, string>();
    for (const { id, name } of feeds) {
      const position = this.#accepted.get(id);
      if (position !== undefined) positions.set(name, position);
      else if (isTold(id)) positions.set(name, '');
    }
    return positions;
  }
}
