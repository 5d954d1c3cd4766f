/**
 * The one place that knows the ingest protocol's bytes: `ingest-messages.ts` on one side, protobuf (`ingest.proto`) on the other.
 *
 * Decoding throws `RangeError` or protobufjs' own errors on malformed bytes; the callers turn them into their boundary's error.
 */
import { assert } from '../../errors.ts';
import { giveBack } from './give-back.ts';
import { castai } from './ingest.js';
import type {
  Ack,
  AgentHealth,
  Batch,
  BodyEncoding,
  Delete,
  Directive,
  EndedSession,
  Entry,
  FeedStateName,
  Limits,
  OpenRequest,
  OpenResponse,
  Rejection,
  Upsert,
} from './ingest-messages.ts';

type WireEntry = castai.ingest.v2.Entry.$Properties;

/** Content type of requests and of success bodies. */
export const INGEST_CONTENT_TYPE = 'application/vnd.castai.ingest.v2+protobuf';

const v2 = castai.ingest.v2;

type WireNumber = number | { toNumber(): number } | null | undefined;

const ENCODINGS = ['JSON', 'KUBERNETES_PROTOBUF'] as const satisfies readonly BodyEncoding[];
const STATES = ['STATE_UNSPECIFIED', 'SYNCED', 'FORBIDDEN', 'ABSENT', 'DEGRADED'] as const;

/** Bytes of an open request. */
export function encodeOpenRequest(request: OpenRequest): Uint8Array {
  return v2.OpenRequest.encode({
    ...request,
    feeds: [...request.feeds],
    lease: request.lease ?? null,
    encodings: request.encodings.map((encoding) => v2.BodyEncoding[encoding]),
  }).finish();
}

/** An open request from bytes. */
export function decodeOpenRequest(bytes: Uint8Array): OpenRequest {
  const { instanceId, clusterUid, agentVersion, kubernetesVersion, lease, feeds, encodings } =
    v2.OpenRequest.decode(bytes);
  return {
    instanceId,
    clusterUid,
    agentVersion,
    kubernetesVersion,
    ...(lease ? { lease: { uid: lease.uid ?? '', transitions: lease.transitions ?? 0 } } : {}),
    feeds: feeds.map((feed) => ({
      id: feed.id ?? 0,
      group: feed.group ?? '',
      version: feed.version ?? '',
      resource: feed.resource ?? '',
      kind: feed.kind ?? '',
      namespace: feed.namespace ?? '',
      fieldSelector: feed.fieldSelector ?? '',
      scrubVersion: feed.scrubVersion ?? 0,
    })),
    encodings: encodings.map((encoding) => ENCODINGS[encoding] ?? 'JSON'),
  };
}

/** Bytes of an open response. */
export function encodeOpenResponse(response: OpenResponse): Uint8Array {
  return v2.OpenResponse.encode({
    epoch: response.epoch,
    resume: [...response.resume],
    limits: response.limits,
    directives: response.directives.map(toWireDirective),
    ended: response.ended ?? null,
  }).finish();
}

/** An open response from bytes. */
export function decodeOpenResponse(bytes: Uint8Array): OpenResponse {
  const { epoch, resume, limits, directives, ended } = v2.OpenResponse.decode(bytes);
  return {
    epoch: toNumber(epoch),
    resume: resume.map((point) => ({ feedId: point.feedId ?? 0, resourceVersion: point.resourceVersion ?? '' })),
    limits: fromWireLimits(limits) ?? { maxBatchBytes: 0, heartbeatMs: 0, minBatchIntervalMs: 0 },
    directives: directives.map(fromWireDirective),
    ...(ended ? { ended: fromWireEnded(ended) } : {}),
  };
}

/** Bytes of a batch. */
export function encodeBatch(batch: Batch): Uint8Array {
  return Buffer.concat(
    Iterator.from(batchPieces(batch, Infinity))
      .map(({ bytes }) => Buffer.from(bytes))
      .toArray(),
  );
}

/** Some bytes of a batch, and the entries that they are. */
export interface BatchPiece {
  /** They are valid until the next piece is asked for. */
  readonly bytes: Uint8Array;
  /** None in what stands before and behind them. */
  readonly entries: readonly Entry[];
}

/**
 * The bytes of a batch in pieces of at least `pieceBytes`, the last one of less. One behind the other they are the batch, because protobuf
 * has nothing around a message, and nothing between the items of a list. So a batch need not be in memory twice.
 */
export function* batchPieces(
  { epoch, seq, sentAtMs, entries, health, stop }: Batch,
  pieceBytes: number,
): Generator<BatchPiece> {
  const head = v2.Batch.encode({ epoch, seq, sentAtMs });
  yield { bytes: head.finish(), entries: [] };
  const groups = grouped(entries, pieceBytes);
  const writer = head.reset();
  // It would grow by doubling, and leave twice as much behind for the garbage collection.
  writer.buf = Buffer.allocUnsafeSlow(Math.max(0, ...groups.map(({ bytes }) => bytes)) + TAIL_BYTES);
  writer.view = null;
  for (const group of groups) {
    yield {
      bytes: v2.Batch.encode({ entries: group.entries.map(toWireEntry) }, writer.reset()).finish(true),
      entries: group.entries,
    };
  }
  yield {
    bytes: v2.Batch.encode({ health: health ?? null, stop: stop ?? null }, writer.reset()).finish(true),
    entries: [],
  };
  giveBack(writer.buf);
}

/** Room for what is said behind the entries. */
const TAIL_BYTES = 1024;

/** Entries that are written together, and about how many bytes they are. */
interface EntryGroup {
  readonly entries: Entry[];
  bytes: number;
}

function grouped(entries: readonly Entry[], pieceBytes: number): EntryGroup[] {
  const groups: EntryGroup[] = [];
  let group: EntryGroup | undefined;
  for (const entry of entries) {
    if (group === undefined || group.bytes >= pieceBytes) groups.push((group = { entries: [], bytes: 0 }));
    group.entries.push(entry);
    group.bytes += entryBytes(entry);
  }
  return groups;
}

/**
 * A batch from bytes. Bodies are views of `bytes`: copy what must outlive it.
 * Throws `RangeError` when an entry is of no known kind (a newer agent, or garbage).
 */
export function decodeBatch(bytes: Uint8Array): Batch {
  const { epoch, seq, sentAtMs, entries, health, stop } = v2.Batch.decode(bytes);
  return {
    epoch: toNumber(epoch),
    seq: toNumber(seq),
    sentAtMs: toNumber(sentAtMs),
    entries: entries.map(fromWireEntry),
    ...(health ? { health: fromWireHealth(health) } : {}),
    ...(stop ? { stop: { reason: stop.reason ?? '' } } : {}),
  };
}

function fromWireHealth(wire: castai.ingest.v2.Health.$Properties): AgentHealth {
  const { state, cause, reason, sinceMs } = wire;
  return {
    // What a newer agent may call it: something that is not well.
    state: state === 'ok' || state === 'blocked' ? state : 'degraded',
    cause: cause ?? '',
    reason: reason ?? '',
    sinceMs: toNumber(sinceMs),
  };
}

function fromWireRejection({ entryIndex, code, seq }: castai.ingest.v2.Rejection.$Properties): Rejection {
  const late = toNumber(seq ?? 0);
  return { entryIndex: entryIndex ?? 0, code: code ?? '', ...(late === 0 ? {} : { seq: late }) };
}

/** Bytes of an ack. */
export function encodeAck(ack: Ack): Uint8Array {
  return v2.Ack.encode({
    epoch: ack.epoch,
    receivedSeq: ack.receivedSeq,
    processedSeq: ack.processedSeq,
    entryCount: ack.entryCount,
    limits: ack.limits ?? null,
    directives: ack.directives.map(toWireDirective),
    rejections: [...ack.rejections],
  }).finish();
}

/** An ack from bytes. */
export function decodeAck(bytes: Uint8Array): Ack {
  const { epoch, receivedSeq, processedSeq, entryCount, limits, directives, rejections } = v2.Ack.decode(bytes);
  const decodedLimits = fromWireLimits(limits);
  return {
    epoch: toNumber(epoch),
    receivedSeq: toNumber(receivedSeq),
    processedSeq: toNumber(processedSeq),
    entryCount,
    ...(decodedLimits === undefined ? {} : { limits: decodedLimits }),
    directives: directives.map(fromWireDirective),
    rejections: rejections.map(fromWireRejection),
  };
}

/** Size of an entry on the wire before compression, in bytes, within a few bytes: what batch limits are counted in. */
export function entryBytes(entry: Entry): number {
  switch (entry.type) {
    case 'upsert':
      return ENTRY_OVERHEAD + namesBytes(entry) + entry.body.length + findingsBytes(entry);
    case 'delete':
      return ENTRY_OVERHEAD + namesBytes(entry) + (entry.lastKnown?.byteLength ?? 0);
    case 'snapshotBegin':
    case 'snapshotEnd':
    case 'snapshotAbort':
    case 'progress':
    case 'feedState':
      return ENTRY_OVERHEAD;
  }
}

function namesBytes({ uid, namespace, name }: Upsert | Delete): number {
  return uid.length + namespace.length + name.length;
}

/** Each with a tag and a length. */
function findingsBytes({ findings }: Upsert): number {
  return findings?.reduce((sum, rule) => sum + rule.length + 2, 0) ?? 0;
}

/** Tags, lengths, numbers and the resourceVersion of one entry, rounded up. */
const ENTRY_OVERHEAD = 48;

function toWireEntry(entry: Entry): WireEntry {
  switch (entry.type) {
    case 'upsert':
      return { upsert: toWireUpsert(entry) };
    case 'delete':
      return { delete: entry };
    case 'snapshotBegin':
      return { begin: { feedId: entry.feedId } };
    case 'snapshotEnd':
      return { end: { feedId: entry.feedId, resourceVersion: entry.resourceVersion, count: entry.count } };
    case 'snapshotAbort':
      return { abort: { feedId: entry.feedId, reason: entry.reason } };
    case 'progress':
      return { progress: { feedId: entry.feedId, resourceVersion: entry.resourceVersion } };
    case 'feedState':
      return { state: { feedId: entry.feedId, state: v2.State[entry.state], reason: entry.reason } };
  }
}

function toWireUpsert({ findings, ...upsert }: Upsert): castai.ingest.v2.Upsert.$Properties {
  const { buffer } = upsert.body;
  // A platform would take the empty body for what is there.
  assert(
    !(buffer instanceof ArrayBuffer && buffer.detached),
    `the body of ${upsert.uid} was given back before it was sent`,
  );
  return {
    ...upsert,
    encoding: v2.BodyEncoding[upsert.encoding],
    findings: findings === undefined ? null : { rules: [...findings] },
  };
}

function fromWireEntry(wire: WireEntry): Entry {
  const { upsert, delete: gone, begin, end, abort, progress, state } = wire;
  if (upsert) return fromWireUpsert(upsert);
  if (gone) return { type: 'delete', ...identityOf(gone) };
  if (begin) return { type: 'snapshotBegin', feedId: feedOf(begin) };
  if (end) {
    const { resourceVersion, count } = end;
    return { type: 'snapshotEnd', feedId: feedOf(end), resourceVersion: resourceVersion ?? '', count: toNumber(count) };
  }
  if (abort) return { type: 'snapshotAbort', feedId: feedOf(abort), reason: abort.reason ?? '' };
  if (progress) return { type: 'progress', feedId: feedOf(progress), resourceVersion: progress.resourceVersion ?? '' };
  if (state) return fromWireState(state);
  throw new RangeError('batch entry of no known kind');
}

/** 64-bit fields come as `Long` where that package is loaded and as numbers elsewhere; ours all stay below 2^53. */
function toNumber(value: WireNumber): number {
  if (value === null || value === undefined) return 0;
  return typeof value === 'number' ? value : value.toNumber();
}

function feedOf(wire: { feedId?: number | null }): number {
  return wire.feedId ?? 0;
}

function fromWireUpsert(wire: castai.ingest.v2.Upsert.$Properties): Entry {
  const encoding = ENCODINGS[wire.encoding ?? 0] ?? 'JSON';
  const findings = wire.findings ? { findings: wire.findings.rules ?? [] } : {};
  return { type: 'upsert', ...identityOf(wire), encoding, body: wire.body ?? new Uint8Array(), ...findings };
}

function fromWireState(wire: castai.ingest.v2.FeedState.$Properties): Entry {
  const state = toStateName(STATES[wire.state ?? 0]);
  return { type: 'feedState', feedId: feedOf(wire), state, reason: wire.reason ?? '' };
}

function identityOf(wire: castai.ingest.v2.Delete.$Properties): Omit<Extract<Entry, { type: 'delete' }>, 'type'> {
  return {
    feedId: wire.feedId ?? 0,
    uid: wire.uid ?? '',
    namespace: wire.namespace ?? '',
    name: wire.name ?? '',
    resourceVersion: wire.resourceVersion ?? '',
    observedAtMs: toNumber(wire.observedAtMs),
  };
}

function toStateName(name: (typeof STATES)[number] | undefined): FeedStateName {
  if (name === undefined || name === 'STATE_UNSPECIFIED') throw new RangeError('feed state of no known kind');
  return name;
}

function toWireDirective(directive: Directive): castai.ingest.v2.Directive.$Properties {
  const { id, resync } = directive;
  return resync ? { id, resync: { feedIds: [...resync.feedIds], reason: resync.reason } } : { id };
}

function fromWireDirective(wire: castai.ingest.v2.Directive.$Properties): Directive {
  const { id, resync } = wire;
  return {
    id: id ?? '',
    ...(resync ? { resync: { feedIds: [...(resync.feedIds ?? [])], reason: resync.reason ?? '' } } : {}),
  };
}

function fromWireEnded(wire: castai.ingest.v2.EndedSession.$Properties): EndedSession {
  const { epoch, receivedSeq, processedSeq } = wire;
  return { epoch: toNumber(epoch), receivedSeq: toNumber(receivedSeq), processedSeq: toNumber(processedSeq) };
}

function fromWireLimits(wire: castai.ingest.v2.Limits.$Properties | null | undefined): Limits | undefined {
  if (!wire) return undefined;
  return {
    maxBatchBytes: wire.maxBatchBytes ?? 0,
    heartbeatMs: wire.heartbeatMs ?? 0,
    minBatchIntervalMs: wire.minBatchIntervalMs ?? 0,
  };
}
