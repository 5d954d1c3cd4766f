import type { Entry, ResumePoint } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { FeedStatus } from '../../feeds/supervised-feed.ts';
import type { BookedFeed } from './delta-book.ts';

/** A feed as this wire sees it. */
export interface DeltaFeed extends BookedFeed {
  readonly id: number;
  /** Stable from one version of the agent to the next. */
  readonly name: string;
  /** In which version it is read, and by which policy scrubbed. */
  readonly shape: string;
  /** It was refused, and no access review has confirmed that. */
  readonly isBarred: boolean;
  readonly status: Pick<FeedStatus, 'phase' | 'state' | 'restarts'>;
}

/** The stages before this one, as far as the second wire steers them. */
export interface DeltaFeeds {
  /** All of them, as they are now. */
  list(): readonly DeltaFeed[];
  /** Begin: go on from these points, list what is not among them. */
  adopt(resume: readonly ResumePoint[]): void;
  /** Stop, and wait for the next `adopt`. */
  abandon(): void;
  /** Nobody reads the bodies of these entries any more. */
  used(entries: readonly Entry[]): void;
  /** Memory has become free. */
  onRoom(): void;
}
