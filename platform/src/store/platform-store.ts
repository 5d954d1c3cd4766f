/**
 * The platform's durable state.
 *
 * The promise of every call: when it returns, all that it did is durable, and every later call sees it; when it throws, nothing
 * of it is there. Whatever belongs together is one call: a batch's seq, its effect on objects and its resume points are never
 * there without each other, wherever the process dies.
 *
 * What comes from a session is decided on what was read before, so `startSession`, `keepBatch` and `applyBatch` say what that
 * was, and throw `StoreConflict` when it is not so any more. Whoever decides takes one request of a cluster after the other
 * (`ingest/turns.ts`); the conflict is for those who do not know of each other, such as two processes on one database.
 */
import type { Batch } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { ActionStore } from './action-store.ts';
import type { BatchChange, Receipt, Removal, SessionStart } from './changes.ts';
import type { ClusterIdentity, ClusterRow } from './cluster-row.ts';
import type { DeltaChange, DeltaItem } from './delta-change.ts';
import type { FeedRow } from './feed-row.ts';
import type { FindingCounts, FindingQuery, FoundObject } from './finding-count.ts';
import type { NotifyStore } from './notify-store.ts';
import type { ReportKind, ReportRow } from './report-row.ts';

/** A cluster that registers. */
export interface Registration {
  readonly identity: ClusterIdentity;
  /** The cluster's id if it is new. */
  readonly id: string;
  readonly atMs: number;
}

/** The body of an object, as it came. */
export interface ObjectBody {
  readonly uid: string;
  readonly body: Uint8Array;
}

/** A snapshot that is asked for. */
export interface ResyncWish {
  readonly id: string;
  readonly reason: string;
  /** What is held is doubted. */
  readonly isWhole?: boolean;
}

/** Reads and writes what the platform holds. */
export interface PlatformStore {
  /** The part about what somebody wants done. */
  readonly actions: ActionStore;
  /** The part about notifications. */
  readonly notify: NotifyStore;
  /** The cluster with this identity: the stored one, or a new one. */
  register(registration: Registration): Promise<ClusterRow>;
  /** The cluster that registered with this identity, or `undefined`. */
  clusterOf(identity: string): Promise<ClusterRow | undefined>;
  /** The row of a cluster, or `undefined`. */
  cluster(id: string): Promise<ClusterRow | undefined>;
  /** Every cluster, oldest registration first. */
  clusters(): Promise<ClusterRow[]>;
  /** Every feed of a cluster, oldest first. */
  feeds(cluster: string): Promise<FeedRow[]>;

  /** Starts a session. Throws `StoreConflict` when the cluster's epoch is not `epochBefore`. */
  startSession(start: SessionStart): Promise<void>;
  /** Receives a batch that waits. Throws `StoreConflict` when it is not the next one of the cluster's live session. */
  keepBatch(receipt: Receipt): Promise<void>;
  /** The oldest batch of a cluster that waits, or `undefined`. */
  waitingBatch(cluster: string): Promise<Batch | undefined>;
  /**
   * Processes a batch: one that is received by this, or one that waited, which then waits no more. Gives the objects that went
   * without being named. Throws `StoreConflict` when it is not the next one of the live session, or waits no more.
   */
  applyBatch(change: BatchChange): Promise<Removal[]>;

  /** Sets items of a delta aside that is still being read: nobody sees them. Not durable, unlike everything else. */
  stageDelta(staging: string, items: readonly DeltaItem[]): Promise<void>;
  /** Forgets what was set aside under a name, if anything was. */
  dropStaged(staging: string): Promise<void>;
  /**
   * Makes what was set aside the cluster's objects. Gives the objects that came, changed or went, by feed; `undefined`: all of them, and
   * the feeds are other ones. Throws `StoreConflict` when the cluster's token is not `tokenBefore`.
   */
  applyDelta(change: DeltaChange): Promise<Removal[] | undefined>;

  /**
   * Asks for a snapshot of offered feeds; their resume points go, so that a new session starts with one too. `isWhole`: of what is held of them
   * no offer is taken any more.
   */
  requestResync(feedKeys: readonly number[], resync: ResyncWish): Promise<void>;
  /** Removes feeds with their objects. */
  removeFeeds(feedKeys: readonly number[]): Promise<void>;

  /** The versions of those of the named objects of a feed that there are in a vintage, by their uids. */
  heldVersions(feedKey: number, vintage: number, uids: readonly string[]): Promise<Map<string, string>>;

  /** How many objects a feed has. */
  countObjects(feedKey: number): Promise<number>;
  /** Those of the named objects of a feed that there are. */
  objects(feedKey: number, uids: readonly string[]): Promise<ObjectBody[]>;
  /** Up to `limit` objects of a feed behind the uid `after`, in order of uids: how a reader walks a feed in small steps. */
  objectsAfter(feedKey: number, after: string, limit: number): Promise<ObjectBody[]>;

  /** What the manifest lint found in the objects of the feeds that the cluster's last session offers. */
  findings(cluster: string): Promise<FindingCounts>;
  /** Objects that break a rule, by kind and name. */
  foundObjects(cluster: string, query: FindingQuery): Promise<FoundObject[]>;

  /** Keeps one report, and of each kind the newest (`keptReports`). */
  addReport(report: Omit<ReportRow, 'id'>): Promise<void>;
  /** The newest reports of a kind, newest first. */
  reports(cluster: string, kind: ReportKind, limit: number): Promise<ReportRow[]>;

  /** Lets the store go. Nobody may call it afterwards. */
  close(): Promise<void>;
}
