import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** What the platform was told of each feed: how far it may be resumed, and how much of a snapshot went out. */
export class Claims {
  /** Resume point last claimed: a progress entry is only worth its bytes when it says something new. */
  readonly #claimed = new Map<number, string>();
  /** Feeds between `begin` and `end` of what went out: upserts so far, and offers that were not wanted, which `end` has to state. */
  readonly #counts = new Map<number, number>();
  /** Feeds with a snapshot handed in and not yet ended: no progress may be claimed for them. */
  readonly #inSnapshot = new Set<number>();
  /** Feeds that the platform has whole: it had a resume point of them, or has received the end of a snapshot. */
  readonly #whole = new Set<number>();

  /** Feeds with a snapshot that has not gone out to its end. */
  get inSnapshot(): ReadonlySet<number> {
    return this.#inSnapshot;
  }

  /** Feeds of which progress may be claimed, and the point that was claimed last. */
  *resumable(): Generator<[feedId: number, claimed: string]> {
    for (const [feedId, claimed] of this.#claimed) if (!this.#inSnapshot.has(feedId)) yield [feedId, claimed];
  }

  /** The point that was claimed last; empty where there is none. */
  of(feedId: number): string {
    return this.#claimed.get(feedId) ?? '';
  }

  /** Whether the platform has the feed whole in this session. */
  isWhole(feedId: number): boolean {
    return this.#whole.has(feedId);
  }

  /** The platform has received the end of a snapshot. */
  endReceived(feedId: number): void {
    this.#whole.add(feedId);
  }

  /** A feed goes on from a point that the platform has (`isClaimed`), or that a snapshot will claim. */
  start(feedId: number, resourceVersion: string, isClaimed: boolean): void {
    // A feed that goes on after it was demoted is as whole as it was: the end that claimed the point may be on its way.
    if (isClaimed && this.#claimed.get(feedId) !== resourceVersion) this.#whole.add(feedId);
    if (isClaimed) this.#claimed.set(feedId, resourceVersion);
    else this.#claimed.delete(feedId);
  }

  /** A snapshot was handed in. */
  begin(feedId: number): void {
    this.#inSnapshot.add(feedId);
    this.#claimed.delete(feedId);
  }

  /** A point goes out. */
  claim(feedId: number, resourceVersion: string): void {
    this.#claimed.set(feedId, resourceVersion);
  }

  /** Follows what goes out, and gives the end of a snapshot its count and the point that it may claim. */
  passed(entry: Entry, claimable: (feedId: number) => string | undefined): Entry {
    const { feedId } = entry;
    if (entry.type === 'snapshotBegin') this.#counts.set(feedId, 0);
    if (entry.type === 'upsert' || entry.type === 'offer') this.#add(feedId, 1);
    if (entry.type !== 'snapshotEnd') return entry;
    const resourceVersion = claimable(feedId) ?? '';
    const count = this.#counts.get(feedId) ?? 0;
    this.#counts.delete(feedId);
    this.#inSnapshot.delete(feedId);
    this.#claimed.set(feedId, resourceVersion);
    return { ...entry, resourceVersion, count };
  }

  /** An upsert that was counted will never reach the platform, or an offer marked nothing. */
  dropped(entry: Entry): void {
    if (entry.type === 'upsert' || entry.type === 'offer') this.#add(entry.feedId, -1);
  }

  /** A snapshot is void. Whether the platform has heard of it. */
  abort(feedId: number): boolean {
    this.#inSnapshot.delete(feedId);
    return this.#counts.delete(feedId);
  }

  /** Nothing is claimed of a feed any more. */
  forget(feedId: number): void {
    this.#claimed.delete(feedId);
  }

  /** The platform may not have the feed whole any more. */
  forgetWhole(feedId: number): void {
    this.#whole.delete(feedId);
  }

  /** The session is over. */
  clear(): void {
    for (const one of [this.#claimed, this.#counts, this.#inSnapshot, this.#whole]) one.clear();
  }

  #add(feedId: number, more: number): void {
    const count = this.#counts.get(feedId);
    if (count !== undefined) this.#counts.set(feedId, count + more);
  }
}
