/** What the store is asked to change: each of these is one transaction. Decided elsewhere, without the store. */
import type {
  Batch,
  FeedDescription,
  OpenRequest,
  Rejection,
  Upsert,
} from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { FeedProgress } from './feed-row.ts';

/** One change of objects. `mark` is the number of the feed's snapshot. */
export type Effect =
  | {
      readonly type: 'put';
      readonly feedKey: number;
      readonly mark: number;
      readonly vintage: number;
      readonly upsert: Upsert;
    }
  /** Marks an object without changing it. */
  | { readonly type: 'keep'; readonly feedKey: number; readonly mark: number; readonly uid: string }
  /** The same where only the name is known. */
  | {
      readonly type: 'keepNamed';
      readonly feedKey: number;
      readonly mark: number;
      readonly namespace: string;
      readonly name: string;
    }
  /** An unknown object is no error. */
  | { readonly type: 'remove'; readonly feedKey: number; readonly uid: string }
  /** Removes the objects of a feed that do not bear the mark. */
  | { readonly type: 'sweep'; readonly feedKey: number; readonly mark: number }
  /** Removes every object of a feed. */
  | { readonly type: 'clear'; readonly feedKey: number };

/** What an open does to the feeds of a cluster, by their keys. */
export interface SessionFeeds {
  /** Offered feeds that the platform knows. `resumePoint` is `undefined` when the shape of the data changed or there was none. */
  readonly known: readonly {
    readonly key: number;
    readonly feed: FeedDescription;
    readonly resumePoint: string | undefined;
    /** Its objects are of the shape that is offered now, so a version still stands for the same content. */
    readonly isOfVintage: boolean;
  }[];
  readonly added: readonly FeedDescription[];
  /** Feeds that are not offered any more: they stay for a day, marked stale. */
  readonly missing: readonly number[];
  /** Feeds that go, with their objects. */
  readonly removed: readonly number[];
}

/** A new session: its epoch is one higher than the cluster's, and its seq starts at 0. */
export interface SessionStart {
  readonly cluster: string;
  /** The cluster's epoch when this was decided. */
  readonly epochBefore: number;
  readonly request: OpenRequest;
  /** What to remember of the lease in place of what the request says; `undefined`: what is remembered stays. */
  readonly lease: OpenRequest['lease'] | undefined;
  readonly feeds: SessionFeeds;
  readonly atMs: number;
  /** Whether it is recorded in the history. */
  readonly isRecorded: boolean;
}

/** The receipt of a batch. */
export interface Receipt {
  readonly cluster: string;
  readonly batch: Batch;
  /** Its size as it came, compressed. */
  readonly wireBytes: number;
  /** Digest of its bytes, by which a repetition is told from other content under the same seq. */
  readonly digest: string;
  /** What its ack says is wanted. */
  readonly wanted: readonly number[];
  readonly atMs: number;
}

/** What processing a batch does. */
export interface BatchChange {
  readonly cluster: string;
  readonly batch: Batch;
  /** Its size as it came, when it is received by this very change; `undefined`: it was kept and waited. */
  readonly wireBytes: number | undefined;
  /** Of a batch that is received by this very change. */
  readonly digest: string;
  readonly effects: readonly Effect[];
  /** The next state of feeds that changed. */
  readonly feeds: readonly FeedProgress[];
  /** What its ack tells; of a batch that waited, what the ack of the next one does. */
  readonly rejections: readonly Rejection[];
  /** Of a batch that is received by this very change: what its ack says is wanted. */
  readonly wanted: readonly number[];
  readonly atMs: number;
  /** Whether its entries are recorded in the history. */
  readonly isRecorded: boolean;
}

/** Objects that a sweep or an absent resource removed. */
export interface Removal {
  readonly feedKey: number;
  readonly uids: readonly string[];
}
