import { objectReader, type ObjectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import type { OnUnknownField, WantsFields } from '@castai/shared/kube/protobuf/decode-message.ts';
import { wantedByBoth } from '../scrub/wanted-fields.ts';
import type { FeedSpec } from './feeds.ts';
import type { ScrubPolicy } from './scrub-policy.ts';

/** What decides how the objects of feeds are read. */
export interface FeedReaderOptions {
  readonly scrub: WantsFields<FeedSpec> & Pick<ScrubPolicy, 'protobufScrubber'>;
  readonly lint?: WantsFields<FeedSpec> | undefined;
  /** `json`: everything is read as JSON. */
  readonly encoding: 'auto' | 'json';
  /** Told of each field that no table has; not where the scrub policy walks the bytes, and tells it. */
  readonly counter: { readonly onUnknownField: OnUnknownField };
}

/** How a feed in a version reads its objects in protobuf; undefined: they come as JSON. */
export type FeedReader = (spec: FeedSpec, version: string) => ObjectReader | undefined;

/** Reads of each object what the scrub policy and the manifest lint look at. Where everything may leave it stays with JSON, which is everything. */
export function feedReader({ scrub, lint, encoding, counter }: FeedReaderOptions): FeedReader {
  return (spec, version) => {
    if (encoding === 'json') return undefined;
    const scrubbed = scrub.wanted(spec);
    if (scrubbed === 'all') return undefined;
    const { group, kind } = spec;
    const wanted = wantedByBoth(scrubbed, lint?.wanted(spec) ?? new Map());
    const onUnknownField: OnUnknownField = (message, number) => {
      if (scrub.protobufScrubber === undefined) counter.onUnknownField(message, number);
    };
    return objectReader({ group, version, kind, wanted, onUnknownField });
  };
}
