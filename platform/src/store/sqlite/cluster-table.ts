/** Rows of registered clusters: identity, the session's epoch and seq, and the durable counters. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { AgentHealth, Batch, Rejection } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Receipt, SessionStart } from '../changes.ts';
import type { DeltaChange } from '../delta-change.ts';
import { type ClusterIdentity, type ClusterRow, KEPT_LATE_REJECTIONS } from '../cluster-row.ts';

/** A session that starts. */
type Opening = Pick<SessionStart, 'cluster' | 'epochBefore' | 'request' | 'lease' | 'atMs'>;

/** Reads and writes cluster rows. Callers hold the transaction. */
export class ClusterTable {
  readonly #get: StatementSync;
  readonly #all: StatementSync;
  readonly #byIdentity: StatementSync;
  readonly #insert: StatementSync;
  readonly #open: StatementSync;
  readonly #received: StatementSync;
  readonly #processed: StatementSync;
  readonly #delta: StatementSync;

  constructor(database: DatabaseSync) {
    this.#get = database.prepare('SELECT * FROM clusters WHERE id = ?');
    this.#all = database.prepare('SELECT * FROM clusters ORDER BY registered_at_ms, id');
    this.#byIdentity = database.prepare('SELECT * FROM clusters WHERE identity = ?');
    this.#insert = database.prepare(
      'INSERT INTO clusters (id, identity, name, provider, registered_at_ms) VALUES (?, ?, ?, ?, ?)',
    );
    this.#open = database.prepare(`
      UPDATE clusters SET epoch = epoch + 1, session_epoch = epoch + 1, continuity_token = '', cluster_uid = :clusterUid, opened_at_ms = :atMs,
        instance_id = :instanceId, agent_version = :agentVersion, kubernetes_version = :kubernetesVersion,
        lease_uid = coalesce(:leaseUid, lease_uid), lease_transitions = coalesce(:leaseTransitions, lease_transitions),
        received_seq = 0, processed_seq = 0, last_entry_count = 0, last_rejections = '[]', last_wanted = '[]', last_digest = '',
        health = '', stop_reason = ''
      WHERE id = :cluster AND epoch = :epochBefore`);
    this.#received = database.prepare(`
      UPDATE clusters SET received_seq = :seq, last_entry_count = :entryCount, last_rejections = '[]',
        last_wanted = :wanted, last_digest = :digest, last_batch_at_ms = :atMs,
        received_total = received_total + 1, entries_total = entries_total + :entryCount,
        wire_bytes_total = wire_bytes_total + :wireBytes
      WHERE id = :cluster AND epoch = :epoch AND session_epoch = :epoch AND received_seq = :seq - 1`);
    this.#processed = database.prepare(`
      UPDATE clusters SET processed_seq = :seq, processed_total = processed_total + 1, last_rejections = :rejections,
        late_rejections = :late, health = :health, stop_reason = :stopReason
      WHERE id = :id`);
    // A full snapshot is a session's begin here, and ends one of the other wire: whose batches come later are fenced.
    this.#delta = database.prepare(`
      UPDATE clusters SET continuity_token = :token, agent_version = :agentVersion, kubernetes_version = :kubernetesVersion,
        epoch = epoch + :full, session_epoch = CASE WHEN :full THEN 0 ELSE session_epoch END,
        instance_id = CASE WHEN :full THEN '' ELSE instance_id END,
        opened_at_ms = CASE WHEN :full THEN :atMs ELSE opened_at_ms END,
        received_seq = CASE WHEN :full THEN 1 ELSE received_seq + 1 END,
        processed_seq = CASE WHEN :full THEN 1 ELSE processed_seq + 1 END,
        last_entry_count = :items, last_rejections = '[]', last_wanted = '[]', late_rejections = '[]', last_digest = '', last_batch_at_ms = :atMs,
        health = '', stop_reason = '', received_total = received_total + 1,
        processed_total = CASE WHEN :full THEN received_total + 1 ELSE processed_total + 1 END,
        entries_total = entries_total + :items, wire_bytes_total = wire_bytes_total + :wireBytes
      WHERE id = :cluster AND continuity_token = :tokenBefore`);
  }

  /** The row of a cluster, or `undefined`. */
  get(id: string): ClusterRow | undefined {
    const row = this.#get.get(id);
    return row && toClusterRow(row);
  }

  /** The row of the cluster with this identity, or `undefined`. */
  byIdentity(identity: string): ClusterRow | undefined {
    const row = this.#byIdentity.get(identity);
    return row && toClusterRow(row);
  }

  /** Every cluster, oldest registration first. */
  all(): ClusterRow[] {
    return this.#all.all().map(toClusterRow);
  }

  /** The cluster with this identity: the stored one, or a new one with `id`. */
  register(identity: ClusterIdentity, id: string, atMs: number): ClusterRow {
    const known = this.#byIdentity.get(identity.identity);
    if (!known) this.#insert.run(id, identity.identity, identity.name, identity.provider, atMs);
    const row = known ?? this.#get.get(id);
    if (!row) throw new Error('a row that was just written is gone');
    return toClusterRow(row);
  }

  /** Issues the next epoch and starts its session at seq 0; false: the epoch is not the one before any more. */
  open({ cluster, epochBefore, request, lease, atMs }: Opening): boolean {
    const { clusterUid, instanceId, agentVersion, kubernetesVersion } = request;
    const opener = { clusterUid, instanceId, agentVersion, kubernetesVersion };
    const evidence = { leaseUid: lease?.uid ?? null, leaseTransitions: lease?.transitions ?? null };
    return this.#open.run({ cluster, epochBefore, atMs, ...opener, ...evidence }).changes === 1;
  }

  /** Notes a batch as received; false: it is not the next one of the live session. */
  received({ cluster, batch, wireBytes, digest, wanted, atMs }: Receipt): boolean {
    const { epoch, seq, entries } = batch;
    const of = { cluster, epoch, seq, entryCount: entries.length, wireBytes, digest, atMs };
    return this.#received.run({ ...of, wanted: JSON.stringify(wanted) }).changes === 1;
  }

  /** Notes a batch as processed by the request that brought it: what was refused is told with its ack, what waited to be told too. */
  processed(id: string, batch: Batch, rejections: readonly Rejection[]): void {
    this.#processed.run({ id, ...saidIn(batch), rejections: JSON.stringify(rejections), late: '[]' });
  }

  /** Notes a batch as processed that had waited: its ack is long gone, so what was refused waits for the next one. */
  processedLate(id: string, batch: Batch, rejections: readonly Rejection[]): void {
    const { lastRejections = [], lateRejections = [] } = this.get(id) ?? {};
    const late = [...lateRejections, ...rejections].slice(-KEPT_LATE_REJECTIONS);
    const told = { rejections: JSON.stringify(lastRejections), late: JSON.stringify(late) };
    this.#processed.run({ id, ...saidIn(batch), ...told });
  }

  /** Notes a delta as taken; false: the cluster has another token by now. */
  delta(change: DeltaChange): boolean {
    const { cluster, isFull, tokenBefore, token, agentVersion, kubernetesVersion, items, wireBytes, atMs } = change;
    const told = { agentVersion, kubernetesVersion, items, wireBytes, atMs };
    return this.#delta.run({ cluster, tokenBefore, token, full: Number(isFull), ...told }).changes === 1;
  }
}

function toClusterRow(row: Record<string, SQLOutputValue>): ClusterRow {
  const leaseUid = row['lease_uid'];
  return {
    id: String(row['id']),
    name: String(row['name']),
    provider: String(row['provider']),
    registeredAtMs: Number(row['registered_at_ms']),
    clusterUid: String(row['cluster_uid']),
    epoch: Number(row['epoch']),
    sessionEpoch: Number(row['session_epoch']),
    continuityToken: String(row['continuity_token']),
    openedAtMs: optionalNumber(row['opened_at_ms']),
    instanceId: String(row['instance_id']),
    agentVersion: String(row['agent_version']),
    kubernetesVersion: String(row['kubernetes_version']),
    lease: typeof leaseUid === 'string' ? { uid: leaseUid, transitions: Number(row['lease_transitions']) } : undefined,
    receivedSeq: Number(row['received_seq']),
    processedSeq: Number(row['processed_seq']),
    lastEntryCount: Number(row['last_entry_count']),
    lastRejections: toRejections(String(row['last_rejections'])),
    lastWanted: toWanted(String(row['last_wanted'])),
    lateRejections: toRejections(String(row['late_rejections'])),
    lastDigest: String(row['last_digest']),
    lastBatchAtMs: optionalNumber(row['last_batch_at_ms']),
    receivedTotal: Number(row['received_total']),
    processedTotal: Number(row['processed_total']),
    entriesTotal: Number(row['entries_total']),
    wireBytesTotal: Number(row['wire_bytes_total']),
    health: toHealth(String(row['health'])),
    stopReason: String(row['stop_reason']),
  };
}

/** What a batch says of the agent itself, as columns. */
function saidIn({ seq, health, stop }: Batch): { seq: number; health: string; stopReason: string } {
  return { seq, health: health === undefined ? '' : JSON.stringify(health), stopReason: stop?.reason ?? '' };
}

function toHealth(text: string): AgentHealth | undefined {
  if (text === '') return undefined;
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) return undefined;
  const word = (key: string): string => (typeof value[key] === 'string' ? value[key] : '');
  const state = word('state');
  return {
    state: state === 'ok' || state === 'blocked' ? state : 'degraded',
    cause: word('cause'),
    reason: word('reason'),
    sinceMs: Number(value['sinceMs']),
  };
}

function toRejections(text: string): Rejection[] {
  const value: unknown = JSON.parse(text);
  const isRejection = (item: unknown): item is Rejection =>
    isRecord(item) && typeof item['entryIndex'] === 'number' && typeof item['code'] === 'string';
  return Array.isArray(value) ? value.filter(isRejection) : [];
}

function toWanted(text: string): number[] {
  const value: unknown = JSON.parse(text);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [];
}

/** SQL NULL as `undefined`. */
export function optionalNumber(value: SQLOutputValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
