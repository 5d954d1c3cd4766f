import type { KubeItem } from '@castai/shared/kube/kube-item.ts';
import type { LastKnown } from '../batch/outbox-sink.ts';
import { loneBody, loneCopy } from './body-slab.ts';
import type { FeedSpec } from './feeds.ts';
import type { ScrubPolicy } from './scrub-policy.ts';

/** What is needed to tell objects that are gone as they were last. */
export interface KeepLastKnownOptions {
  /** In the order of their numbers, which begin at 1. */
  readonly specs: readonly FeedSpec[];
  readonly scrub: ScrubPolicy;
  /** Whether the wire that is spoken tells it: it costs what a change costs. */
  readonly isTold: () => boolean;
}

/**
 * What may leave of an object that a watch says is gone: the API server sends it once more, as it was last, and readers of the public API
 * have always got it. What a list does not show any more nobody has.
 */
export function keepLastKnown({ specs, scrub, isTold }: KeepLastKnownOptions): LastKnown {
  const scrubbers = specs.map((spec) => ({ scrub: scrub.scrubber(spec), protobuf: scrub.protobufScrubber?.(spec) }));
  return (feedId, item) => {
    if (!isTold() || !isGone(item)) return undefined;
    try {
      const scrubber = scrubbers[feedId - 1];
      const json = scrubber?.protobuf?.(item);
      if (json !== undefined) return loneCopy(json);
      const body = scrubber?.scrub(item.object);
      return body === undefined ? undefined : loneBody(body);
    } catch {
      // It is gone all the same. What cannot be scrubbed was counted and logged while it was there.
      return undefined;
    }
  };
}

/** Not only as good as gone, because nothing of it may leave any more. */
function isGone(item: KubeItem): boolean {
  return 'type' in item && item.type === 'DELETED';
}
