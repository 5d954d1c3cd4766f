import type { FeedSpec } from '../feeds/feeds.ts';
import type { DumpedObject } from './read-feed.ts';

/** A feed that is being read, in the version in which it is. */
export interface ReadFeed {
  readonly spec: FeedSpec;
  readonly version: string;
}

/** What is made of the objects of a dump. */
export interface DumpView {
  /** An object that was asked for. */
  take(feed: ReadFeed, dumped: DumpedObject): Promise<void>;
  /** Every feed was read, or has failed. */
  finish(): Promise<void>;
}
