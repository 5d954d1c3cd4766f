import { describe, expect, it } from 'vitest';
import type { DeliveryPhase } from '../deliver/delivery.ts';
import type { FeedStatus } from '../feeds/supervised-feed.ts';
import { UnknownFeeds } from './unknown-feeds.ts';

const MINUTE_MS = 60_000;

interface Look {
  readonly afterMs: number;
  readonly phase?: FeedStatus['phase'];
  readonly delivery?: DeliveryPhase;
  readonly isClusterKnown?: boolean;
}

describe('a feed of which nobody says whether it is there', () => {
  /** What is told at the last of these looks, at pods beside which everything is known. */
  const f = (looks: readonly Look[], expected: readonly string[]): void => {
    let nowMs = 0;
    const unknown = new UnknownFeeds({ monotonicMs: () => nowMs });
    let told: readonly string[] = [];
    for (const { afterMs, phase = 'unknown', delivery = 'sending', isClusterKnown = true } of looks) {
      nowMs += afterMs;
      told = unknown.longSince({
        feeds: [
          { feed: 'pods', phase },
          { feed: 'nodes', phase: 'live' },
        ],
        delivery: { phase: delivery },
        isClusterKnown,
      });
    }
    expect(told).toEqual(expected);
  };

  it('is told of after five minutes, and not before', () => {
    f([{ afterMs: 0 }, { afterMs: 5 * MINUTE_MS - 1 }], []);
    f([{ afterMs: 0 }, { afterMs: 5 * MINUTE_MS }], ['pods']);
  });

  it('is told of whatever the session is at, and not without one', () => {
    const wait: Readonly<Record<DeliveryPhase, readonly string[]>> = {
      closed: [],
      registering: [],
      opening: [],
      pausing: [],
      fenced: [],
      ready: ['pods'],
      sending: ['pods'],
      holding: ['pods'],
    };
    for (const [delivery, expected] of Object.entries(wait) as [DeliveryPhase, readonly string[]][]) {
      f(
        [
          { afterMs: 0, delivery },
          { afterMs: 5 * MINUTE_MS, delivery },
        ],
        expected,
      );
    }
  });

  it('is counted anew when it was known, or when nobody was asked in between', () => {
    const again = [{ afterMs: 0 }, { afterMs: 5 * MINUTE_MS - 1 }];
    f([{ afterMs: 0 }, { afterMs: 4 * MINUTE_MS, phase: 'live' }, ...again], []);
    f([{ afterMs: 0 }, { afterMs: 4 * MINUTE_MS, delivery: 'pausing' }, ...again], []);
    f([{ afterMs: 0 }, { afterMs: 4 * MINUTE_MS, isClusterKnown: false }, ...again], []);
  });
});
