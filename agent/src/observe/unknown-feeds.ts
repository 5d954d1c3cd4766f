import type { Clock } from '@castai/shared/async/clock.ts';
import type { DeliveryStatus } from '../deliver/delivery.ts';
import { hasSession } from '../deliver/has-session.ts';
import type { FeedStatus } from '../feeds/supervised-feed.ts';

/** What there is to see of feeds, and of whether anybody asks for them. */
export interface FeedsSeen {
  readonly feeds: readonly Pick<FeedStatus, 'feed' | 'phase'>[];
  readonly delivery: Pick<DeliveryStatus, 'phase'>;
  /** The API server was read. */
  readonly isClusterKnown: boolean;
}

/** A kind that the cluster does not serve has said so itself by then, several times. */
const LONG_MS = 300_000;

/** Remembers since when nobody has said of a feed whether it is there: that is so for a while after every start. */
export class UnknownFeeds {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #since = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Those of which that has been so for minutes. Without the API server, or without a session, nobody is asked. */
  longSince({ feeds, delivery, isClusterKnown }: FeedsSeen): string[] {
    const isAsked = isClusterKnown && hasSession(delivery.phase);
    const nowMs = this.#clock.monotonicMs();
    return feeds.flatMap(({ feed, phase }) => {
      if (phase !== 'unknown' || !isAsked) {
        this.#since.delete(feed);
        return [];
      }
      const sinceMs = this.#since.get(feed) ?? nowMs;
      this.#since.set(feed, sinceMs);
      return nowMs - sinceMs < LONG_MS ? [] : [feed];
    });
  }
}
