/** What observers of the ingest are told, after the commit, so that what they show is never taken back. */
import type { Batch, OpenRequest } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Effect, Removal } from '../store/changes.ts';
import type { ResourceChanges } from '../deltas/delta-summary.ts';
import type { FeedRow } from '../store/feed-row.ts';
import type { BatchPlan } from './plan-batch.ts';

/** One thing that happened. */
export type IngestEvent =
  | {
      readonly type: 'opened';
      readonly cluster: string;
      readonly epoch: number;
      readonly request: OpenRequest;
      readonly resumed: number;
      /** Feeds of another kube-system that were set aside. */
      readonly setAside: number;
    }
  | {
      readonly type: 'received';
      readonly cluster: string;
      readonly seq: number;
      readonly wireBytes: number;
      readonly entries: number;
    }
  | {
      readonly type: 'processed';
      readonly cluster: string;
      readonly batch: Batch;
      readonly plan: BatchPlan;
      /** Feeds of the session by their ids, as they were before. */
      readonly feeds: ReadonlyMap<number, FeedRow>;
      /** uids whose object changed or went, by the key of their feed. */
      readonly touched: ReadonlyMap<number, readonly string[]>;
    }
  | {
      readonly type: 'delta';
      readonly cluster: string;
      readonly isFull: boolean;
      readonly items: number;
      readonly resources: ReadonlyMap<string, ResourceChanges>;
      /** Objects that came, changed or went, by feed; `undefined`: all of them, and the feeds are other ones. */
      readonly touched: readonly Removal[] | undefined;
    }
  | { readonly type: 'duplicate'; readonly cluster: string; readonly seq: number }
  /** Everything may have changed, in every cluster. */
  | { readonly type: 'restored'; readonly cluster: undefined };

/** The objects that a batch changed or removed, as `touched` wants them. */
export function touchedObjects(effects: readonly Effect[], removals: readonly Removal[]): Map<number, string[]> {
  const touched = new Map<number, string[]>();
  const touch = ({ feedKey, uids }: Removal): void => {
    const known = touched.get(feedKey);
    if (known === undefined) touched.set(feedKey, [...uids]);
    else for (const uid of uids) known.push(uid);
  };
  for (const effect of effects) {
    if (effect.type === 'put') touch({ feedKey: effect.feedKey, uids: [effect.upsert.uid] });
    if (effect.type === 'remove') touch({ feedKey: effect.feedKey, uids: [effect.uid] });
  }
  for (const removal of removals) touch(removal);
  return touched;
}
