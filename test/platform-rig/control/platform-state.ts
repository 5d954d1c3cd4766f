/** Everything the platform can say about itself at once: what `GET /_control/state` answers. */
import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import type { FaultRule } from '../faults/fault-rules.ts';
import type { Platform } from '@castai/platform/platform.ts';
import type { ClusterRow } from '@castai/platform/store/cluster-row.ts';
import type { FeedRow } from '@castai/platform/store/feed-row.ts';
import type { PlatformStore } from '@castai/platform/store/platform-store.ts';

/** One feed and its objects' number. */
interface FeedStatus extends FeedRow {
  readonly objects: number;
}

/** One cluster with its feeds. */
export interface ClusterStatus extends ClusterRow {
  readonly objects: number;
  readonly feeds: readonly FeedStatus[];
}

/** The whole platform. Values that are `undefined` are missing in JSON. */
export interface PlatformState {
  readonly limits: Limits;
  readonly maxObjectBytes: number;
  readonly processingPaused: boolean;
  readonly historyEnabled: boolean;
  readonly faults: readonly FaultRule[];
  readonly faultsShown: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly rejections: Readonly<Record<string, number>>;
  readonly duplicates: number;
  readonly ignored: number;
  readonly clusters: readonly ClusterStatus[];
}

/** Where the state comes from. */
interface StateSources {
  readonly platform: Pick<Platform, 'store' | 'ingest' | 'counters'>;
  readonly faults: FaultBook;
  readonly processing: { readonly isPaused: boolean };
}

/** One cluster's part of the state. */
async function clusterStatus(store: PlatformStore, row: ClusterRow): Promise<ClusterStatus> {
  const feeds = await Promise.all(
    (await store.feeds(row.id)).map(async (feed) => ({ ...feed, objects: await store.countObjects(feed.key) })),
  );
  return { ...row, feeds, objects: feeds.reduce((sum, { objects }) => sum + objects, 0) };
}

/** Reads the state. */
export async function platformState({ platform, faults, processing }: StateSources): Promise<PlatformState> {
  const { store, ingest, counters } = platform;
  return {
    limits: ingest.settings.limits,
    maxObjectBytes: ingest.settings.maxObjectBytes,
    processingPaused: processing.isPaused,
    historyEnabled: ingest.settings.isRecorded,
    faults: faults.rules,
    faultsShown: Object.fromEntries(faults.shown),
    refusals: Object.fromEntries(counters.refusals),
    rejections: Object.fromEntries(counters.rejections),
    duplicates: counters.duplicates,
    ignored: counters.ignored,
    clusters: await Promise.all((await store.clusters()).map((row) => clusterStatus(store, row))),
  };
}
