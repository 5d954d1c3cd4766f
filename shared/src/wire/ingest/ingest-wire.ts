/**
 * The one place that knows the ingest protocol's bytes, with `entry-wire.ts` for the entries of a batch: `ingest-messages.ts` on one side,
 * protobuf (`ingest.proto`) on the other.
 *
 * Decoding throws `RangeError` or protobufjs' own errors on malformed bytes; the callers turn them into their boundary's error.
 */
import { giveBack } from './give-back.ts';
import { BODY_ENCODINGS, entryBytes, fromWireEntry, toWireEntry } from './entry-wire.ts';
import { castai } from './ingest.js';
import type {
  Ack,
  AgentHealth,
  Batch,
  Directive,
  EndedSession,
  Entry,
  Limits,
  OpenRequest,
  OpenResponse,
  Rejection,
  ResumePoint,
} from './ingest-messages.ts';
import { toNumber } from './wire-number.ts';

/** Content type of requests and of success bodies. */
export const INGEST_CONTENT_TYPE = 'application/vnd.castai.ingest.v2+protobuf';

const v2 = castai.ingest.v2;

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
    encodings: encodings.map((encoding) => BODY_ENCODINGS[encoding] ?? 'JSON'),
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
    offers: response.offers ? { held: [...response.offers.held] } : null,
  }).finish();
}

/** An open response from bytes. */
export function decodeOpenResponse(bytes: Uint8Array): OpenResponse {
  const { epoch, resume, limits, directives, ended, offers } = v2.OpenResponse.decode(bytes);
  return {
    epoch: toNumber(epoch),
    resume: resume.map(fromWirePoint),
    limits: fromWireLimits(limits) ?? { maxBatchBytes: 0, heartbeatMs: 0, minBatchIntervalMs: 0 },
    directives: directives.map(fromWireDirective),
    ...(ended ? { ended: fromWireEnded(ended) } : {}),
    ...(offers ? { offers: { held: (offers.held ?? []).map(fromWirePoint) } } : {}),
  };
}

/** Bytes of a batch, at the beginning of memory of their own. */
export function encodeBatch({ epoch, seq, sentAtMs, entries, health, stop }: Batch): Uint8Array {
  const batch = { epoch, seq, sentAtMs, entries: entries.map(toWireEntry), health: health ?? null, stop: stop ?? null };
  return v2.Batch.encode(batch, writerFor(entriesBytes(entries))).finish(true);
}

/** About how many bytes entries are, before compression. */
export function entriesBytes(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
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
  const groups = grouped(entries, pieceBytes);
  const writer = writerFor(Math.max(0, ...groups.map(({ bytes }) => bytes)));
  yield { bytes: v2.Batch.encode({ epoch, seq, sentAtMs }, writer).finish(true), entries: [] };
  for (const group of groups) {
    writer.reset();
    // One by one: thousands of small objects in the words of the wire would outlive the young generation before they are written.
    for (const entry of group.entries) v2.Batch.encode({ entries: [toWireEntry(entry)] }, writer);
    yield { bytes: writer.finish(true), entries: group.entries };
  }
  yield {
    bytes: v2.Batch.encode({ health: health ?? null, stop: stop ?? null }, writer.reset()).finish(true),
    entries: [],
  };
  giveBack(writer.buf);
}

/** A writer with room for entries of so many bytes: it would grow by doubling, and leave twice as much behind for the garbage collection. */
function writerFor(bytes: number): ReturnType<typeof v2.Batch.encode> {
  const writer = v2.Batch.encode({});
  writer.buf = Buffer.allocUnsafeSlow(bytes + AROUND_BYTES);
  writer.view = null;
  return writer;
}

/** Room for what is said before and behind the entries. */
const AROUND_BYTES = 1024;

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
    wanted: [...(ack.wanted ?? [])],
  }).finish();
}

/** An ack from bytes. */
export function decodeAck(bytes: Uint8Array): Ack {
  const { epoch, receivedSeq, processedSeq, entryCount, limits, directives, rejections, wanted } = v2.Ack.decode(bytes);
  const decodedLimits = fromWireLimits(limits);
  return {
    epoch: toNumber(epoch),
    receivedSeq: toNumber(receivedSeq),
    processedSeq: toNumber(processedSeq),
    entryCount,
    ...(decodedLimits === undefined ? {} : { limits: decodedLimits }),
    directives: directives.map(fromWireDirective),
    rejections: rejections.map(fromWireRejection),
    ...(wanted.length > 0 ? { wanted } : {}),
  };
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

function fromWirePoint({ feedId, resourceVersion }: castai.ingest.v2.ResumePoint.$Properties): ResumePoint {
  return { feedId: feedId ?? 0, resourceVersion: resourceVersion ?? '' };
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
