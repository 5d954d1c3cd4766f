import type { JsonObject, KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { ScrubItem } from '../scrub/protobuf-scrubber.ts';
import type { FeedSpec } from './feeds.ts';

/** The scrub policy, one feed at a time. */
export interface ScrubPolicy {
  scrubber(spec: FeedSpec): (object: KubeObject) => JsonObject | undefined;
  /** The same for objects in protobuf. Left out: what was read of them is scrubbed. */
  protobufScrubber?(spec: FeedSpec): ScrubItem;
  /** Changes whenever the shape of what the feed sends does. */
  version(spec: FeedSpec): number;
}
