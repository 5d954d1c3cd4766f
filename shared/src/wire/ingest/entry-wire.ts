import { assert } from '../../errors.ts';
import { castai } from './ingest.js';
import type { BodyEncoding, Delete, Entry, FeedStateName, Upsert } from './ingest-messages.ts';
import { toNumber } from './wire-number.ts';

/** An entry of a batch in the words of `ingest.proto`. */
type WireEntry = castai.ingest.v2.Entry.$Properties;

const v2 = castai.ingest.v2;

/** How a body may be encoded, by the number that it has on the wire. */
export const BODY_ENCODINGS = ['JSON', 'KUBERNETES_PROTOBUF'] as const satisfies readonly BodyEncoding[];
const STATES = ['STATE_UNSPECIFIED', 'SYNCED', 'FORBIDDEN', 'ABSENT', 'DEGRADED'] as const;

/** Size of an entry on the wire before compression, in bytes, within a few bytes: what batch limits are counted in. */
export function entryBytes(entry: Entry): number {
  switch (entry.type) {
    case 'upsert':
      return ENTRY_OVERHEAD + namesBytes(entry) + entry.body.length + findingsBytes(entry);
    case 'delete':
      return ENTRY_OVERHEAD + namesBytes(entry) + (entry.lastKnown?.byteLength ?? 0);
    case 'offer':
      return OFFER_OVERHEAD + entry.uid.length + entry.resourceVersion.length;
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
/** The same of an offer, of which a batch may hold ten thousands. */
const OFFER_OVERHEAD = 12;

/** An entry for the wire. */
export function toWireEntry(entry: Entry): WireEntry {
  switch (entry.type) {
    case 'upsert':
      return { upsert: toWireUpsert(entry) };
    case 'delete':
      return { delete: entry };
    case 'snapshotBegin':
      return { begin: { feedId: entry.feedId, ...(entry.afresh === true ? { afresh: true } : {}) } };
    case 'offer':
      return { offer: { feedId: entry.feedId, uid: entry.uid, resourceVersion: entry.resourceVersion } };
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

/** Field by field: to leave two out and copy the rest makes two objects more for each, and there are as many as objects in a cluster. */
function toWireUpsert(upsert: Upsert): castai.ingest.v2.Upsert.$Properties {
  const { feedId, uid, namespace, name, resourceVersion, observedAtMs, encoding, body, findings } = upsert;
  const { buffer } = body;
  // A platform would take the empty body for what is there.
  assert(!(buffer instanceof ArrayBuffer && buffer.detached), `the body of ${uid} was given back before it was sent`);
  return {
    feedId,
    uid,
    namespace,
    name,
    resourceVersion,
    observedAtMs,
    encoding: v2.BodyEncoding[encoding],
    body,
    findings: findings === undefined ? null : { rules: [...findings] },
  };
}

/** An entry from the wire; its body is the very bytes that were decoded. Throws `RangeError` when it is of no known kind. */
export function fromWireEntry(wire: WireEntry): Entry {
  const { upsert, delete: gone, begin, end, abort, progress, state, offer } = wire;
  if (upsert) return fromWireUpsert(upsert);
  if (gone) return { type: 'delete', ...identityOf(gone) };
  if (offer) return fromWireOffer(offer);
  if (begin) return { type: 'snapshotBegin', feedId: feedOf(begin), ...(begin.afresh ? { afresh: true } : {}) };
  if (end) {
    const { resourceVersion, count } = end;
    return { type: 'snapshotEnd', feedId: feedOf(end), resourceVersion: resourceVersion ?? '', count: toNumber(count) };
  }
  if (abort) return { type: 'snapshotAbort', feedId: feedOf(abort), reason: abort.reason ?? '' };
  if (progress) return { type: 'progress', feedId: feedOf(progress), resourceVersion: progress.resourceVersion ?? '' };
  if (state) return fromWireState(state);
  throw new RangeError('batch entry of no known kind');
}

function feedOf(wire: { feedId?: number | null }): number {
  return wire.feedId ?? 0;
}

function fromWireUpsert(wire: castai.ingest.v2.Upsert.$Properties): Entry {
  const encoding = BODY_ENCODINGS[wire.encoding ?? 0] ?? 'JSON';
  const findings = wire.findings ? { findings: wire.findings.rules ?? [] } : {};
  return { type: 'upsert', ...identityOf(wire), encoding, body: wire.body ?? new Uint8Array(), ...findings };
}

function fromWireOffer(wire: castai.ingest.v2.Offer.$Properties): Entry {
  return { type: 'offer', feedId: feedOf(wire), uid: wire.uid ?? '', resourceVersion: wire.resourceVersion ?? '' };
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
