/**
 * The store in one SQLite file, with one writer. SQLite's calls are synchronous, so each method here is a transaction that nothing
 * comes between; how durable one is says `database.ts`.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Batch } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { BatchChange, Effect, Receipt, Removal, SessionFeeds, SessionStart } from '../changes.ts';
import type { ClusterRow } from '../cluster-row.ts';
import type { DeltaChange, DeltaFeed, DeltaItem } from '../delta-change.ts';
import type { FeedRow } from '../feed-row.ts';
import type { FindingCounts, FindingQuery, FoundObject } from '../finding-count.ts';
import type { ObjectBody, PlatformStore, Registration, ResyncWish } from '../platform-store.ts';
import type { ReportKind, ReportRow } from '../report-row.ts';
import { StoreConflict } from '../store-conflict.ts';
import { ClusterTable } from './cluster-table.ts';
import { openDatabase, transaction } from './database.ts';
import { DeltaTable } from './delta-table.ts';
import { FeedTable } from './feed-table.ts';
import { FindingTable } from './finding-table.ts';
import { HistoryTable } from './history-table.ts';
import { InboxTable } from './inbox-table.ts';
import { ActionTable } from './action-table.ts';
import { NotifyTables } from './notify-tables.ts';
import { ObjectTable } from './object-table.ts';
import { ReportTable } from './report-table.ts';

/** Holds the file open. */
export class SqliteStore implements PlatformStore {
  readonly actions: ActionTable;
  readonly notify: NotifyTables;
  readonly #database: DatabaseSync;
  readonly #clusters: ClusterTable;
  readonly #feeds: FeedTable;
  readonly #objects: ObjectTable;
  readonly #findings: FindingTable;
  readonly #reports: ReportTable;
  readonly #history: HistoryTable;
  readonly #inbox: InboxTable;
  readonly #deltas: DeltaTable;

  /** Throws `RangeError` when the file is of another schema version, SQLite's error when it cannot be opened. */
  constructor(file: string) {
    this.#database = openDatabase(file);
    this.actions = new ActionTable(this.#database);
    this.notify = new NotifyTables(this.#database);
    this.#clusters = new ClusterTable(this.#database);
    this.#feeds = new FeedTable(this.#database);
    this.#objects = new ObjectTable(this.#database);
    this.#findings = new FindingTable(this.#database);
    this.#reports = new ReportTable(this.#database);
    this.#history = new HistoryTable(this.#database);
    this.#inbox = new InboxTable(this.#database);
    this.#deltas = new DeltaTable(this.#database);
  }

  async register({ identity, id, atMs }: Registration): Promise<ClusterRow> {
    return this.#transaction(() => this.#clusters.register(identity, id, atMs));
  }

  async clusterOf(identity: string): Promise<ClusterRow | undefined> {
    return this.#clusters.byIdentity(identity);
  }

  async cluster(id: string): Promise<ClusterRow | undefined> {
    return this.#clusters.get(id);
  }

  async clusters(): Promise<ClusterRow[]> {
    return this.#clusters.all();
  }

  async feeds(cluster: string): Promise<FeedRow[]> {
    return this.#feeds.ofCluster(cluster);
  }

  async startSession({ cluster, epochBefore, request, lease, feeds, atMs, isRecorded }: SessionStart): Promise<void> {
    this.#transaction(() => {
      if (!this.#clusters.open({ cluster, epochBefore, request, lease, atMs })) {
        throw new StoreConflict(`cluster ${cluster} has another epoch than ${epochBefore}`);
      }
      this.#offer({ cluster, clusterUid: request.clusterUid }, feeds, atMs);
      const at = { cluster, epoch: epochBefore + 1, seq: 0, atMs };
      if (isRecorded) this.#history.add(at, { type: 'open', instanceId: request.instanceId });
    });
  }

  async keepBatch(receipt: Receipt): Promise<void> {
    this.#transaction(() => {
      this.#receive(receipt);
      this.#inbox.push(receipt.cluster, receipt.batch);
    });
  }

  async waitingBatch(cluster: string): Promise<Batch | undefined> {
    return this.#inbox.first(cluster);
  }

  async applyBatch(change: BatchChange): Promise<Removal[]> {
    const { cluster, batch, wireBytes, digest, wanted, atMs, isRecorded } = change;
    return this.#transaction(() => {
      if (wireBytes !== undefined) this.#receive({ cluster, batch, wireBytes, digest, wanted, atMs });
      else if (!this.#inbox.remove(cluster, batch.seq)) {
        throw new StoreConflict(`batch ${batch.seq} of cluster ${cluster} waits no more`);
      }
      const removals = change.effects.flatMap((effect) => this.#perform(effect));
      for (const feed of change.feeds) this.#feeds.save(feed, atMs);
      if (wireBytes === undefined) this.#clusters.processedLate(cluster, batch, change.rejections);
      else this.#clusters.processed(cluster, batch, change.rejections);
      if (isRecorded) this.#history.addBatch(change, removals);
      return removals;
    });
  }

  async stageDelta(staging: string, items: readonly DeltaItem[]): Promise<void> {
    this.#transaction(() => this.#deltas.stage(staging, items));
  }

  async dropStaged(staging: string): Promise<void> {
    this.#transaction(() => this.#deltas.drop(staging));
  }

  async applyDelta(change: DeltaChange): Promise<Removal[] | undefined> {
    const { cluster, staging, isFull, isRecorded } = change;
    return this.#transaction(() => {
      if (!this.#clusters.delta(change)) throw new StoreConflict(`cluster ${cluster} has another continuity token`);
      const before = isFull ? this.#forget(cluster) : [];
      const touched = this.#applyStaged(change);
      const there = new Set(touched.flatMap(({ uids }) => uids));
      const swept = before.filter((uid) => !there.has(uid));
      if (isRecorded) this.#recordDelta(change, swept);
      this.#deltas.drop(staging);
      return isFull ? undefined : touched;
    });
  }

  async requestResync(feedKeys: readonly number[], resync: ResyncWish): Promise<void> {
    this.#transaction(() => {
      for (const key of feedKeys) this.#feeds.requestResync(key, resync);
    });
  }

  async removeFeeds(feedKeys: readonly number[]): Promise<void> {
    this.#transaction(() => this.#remove(feedKeys));
  }

  async heldVersions(feedKey: number, vintage: number, uids: readonly string[]): Promise<Map<string, string>> {
    return new Map(
      uids.flatMap((uid) => {
        const version = this.#objects.version(feedKey, vintage, uid);
        return version === undefined ? [] : [[uid, version] as const];
      }),
    );
  }

  async countObjects(feedKey: number): Promise<number> {
    return this.#objects.count(feedKey);
  }

  async objects(feedKey: number, uids: readonly string[]): Promise<ObjectBody[]> {
    return uids.flatMap((uid) => this.#objects.get(feedKey, uid) ?? []);
  }

  async objectsAfter(feedKey: number, after: string, limit: number): Promise<ObjectBody[]> {
    return this.#objects.after(feedKey, after, limit);
  }

  async findings(cluster: string): Promise<FindingCounts> {
    return this.#findings.counts(cluster);
  }

  async foundObjects(cluster: string, query: FindingQuery): Promise<FoundObject[]> {
    return this.#findings.objects(cluster, query);
  }

  async addReport(report: Omit<ReportRow, 'id'>): Promise<void> {
    this.#transaction(() => this.#reports.add(report));
  }

  async reports(cluster: string, kind: ReportKind, limit: number): Promise<ReportRow[]> {
    return this.#reports.newest(cluster, kind, limit);
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #transaction<Result>(work: () => Result): Result {
    return transaction(this.#database, work);
  }

  #receive(receipt: Receipt): void {
    if (this.#clusters.received(receipt)) return;
    const { cluster, batch } = receipt;
    throw new StoreConflict(`batch ${batch.seq} of epoch ${batch.epoch} is not the next one of cluster ${cluster}`);
  }

  #offer(whose: { cluster: string; clusterUid: string }, feeds: SessionFeeds, atMs: number): void {
    this.#remove(feeds.removed);
    for (const known of feeds.known) this.#feeds.offer(known);
    for (const feed of feeds.added) this.#feeds.add(whose, feed);
    for (const key of feeds.missing) this.#feeds.retire(key, atMs);
  }

  #remove(feedKeys: readonly number[]): string[] {
    return feedKeys.flatMap((key) => {
      const uids = this.#objects.clear(key);
      this.#feeds.remove(key);
      return uids;
    });
  }

  /** What waits of batches is older than a full snapshot; what another kube-system left, and what is stale, stays its day. The uids of what goes. */
  #forget(cluster: string): string[] {
    this.#inbox.clear(cluster);
    const offered = this.#feeds.ofCluster(cluster).filter(({ feedId }) => feedId !== undefined);
    return this.#remove(offered.map(({ key }) => key));
  }

  #applyStaged({ cluster, staging, atMs }: DeltaChange): Removal[] {
    const known = this.#feeds.ofCluster(cluster).filter(({ feedId }) => feedId !== undefined);
    return this.#deltas.kinds(staging).map((feed) => {
      const key = known.find((row) => isSameKind(row, feed))?.key ?? this.#feeds.addOfDelta(cluster, feed);
      const of = { staging, key, feed };
      const uids = this.#deltas.apply(of);
      this.#feeds.observe(key, this.#deltas.newestObservation(of), atMs);
      return { feedKey: key, uids };
    });
  }

  #recordDelta({ cluster, staging, isFull, atMs }: DeltaChange, swept: readonly string[]): void {
    const { epoch = 0, receivedSeq = 0 } = this.#clusters.get(cluster) ?? {};
    const place = { cluster, epoch, seq: receivedSeq, atMs };
    if (isFull) this.#history.add(place, { type: 'fullSnapshot' });
    if (swept.length > 0) this.#history.add(place, { type: 'swept', uids: swept });
    for (const { isDelete, resource, ...item } of this.#deltas.records(staging)) {
      this.#history.add(place, { type: isDelete ? 'delete' : 'upsert', feedId: resource, ...item });
    }
  }

  #perform(effect: Effect): Removal[] {
    const { feedKey } = effect;
    switch (effect.type) {
      case 'put': {
        const uids = this.#objects.put(effect);
        this.#findings.put(feedKey, effect.upsert);
        return uids.length === 0 ? [] : [{ feedKey, uids }];
      }
      case 'keep':
        this.#objects.keep(feedKey, effect.mark, effect.uid);
        return [];
      case 'keepNamed':
        this.#objects.keepNamed(feedKey, effect.mark, effect);
        return [];
      case 'remove':
        this.#objects.remove(feedKey, effect.uid);
        return [];
      case 'sweep':
        return [{ feedKey, uids: this.#objects.sweep(feedKey, effect.mark) }];
      case 'clear':
        return [{ feedKey, uids: this.#objects.clear(feedKey) }];
    }
  }
}

function isSameKind(row: FeedRow, feed: DeltaFeed): boolean {
  return row.group === feed.group && row.version === feed.version && row.resource === feed.resource;
}
