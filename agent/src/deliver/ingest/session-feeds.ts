import type { OpenRequest, OpenResponse } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { DropReason } from '../delivery-observer.ts';

/** The stages before this one, as far as the session steers them. */
export interface SessionFeeds {
  /** What to tell the platform at open. Called anew for every session. */
  describe(): OpenRequest;
  /** A session has begun: go on from these points, snapshot what is not listed. */
  adopt(response: OpenResponse): void;
  /** The session is over: stop, and wait for the next `adopt`. */
  abandon(): void;
  /** The platform wants these feeds (all, when empty) as a snapshot again. */
  resync(feedIds: readonly number[], reason: string): void;
  /** The platform takes nothing of this feed: stop it, and snapshot it again later. */
  setAside(feedId: number, reason: DropReason): void;
  /** Memory has become free. */
  onRoom(): void;
}
