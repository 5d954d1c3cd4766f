import { describe, expect, it } from 'vitest';
import { entryBytes } from './entry-wire.ts';
import type { Batch } from './ingest-messages.ts';
import {
  decodeAck,
  decodeBatch,
  decodeOpenRequest,
  decodeOpenResponse,
  encodeAck,
  encodeBatch,
  encodeOpenRequest,
  encodeOpenResponse,
} from './ingest-wire.ts';

const everyEntry: Batch = {
  epoch: 7,
  seq: 3,
  sentAtMs: 1_790_000_000_123,
  entries: [
    { type: 'snapshotBegin', feedId: 1 },
    {
      type: 'upsert',
      feedId: 1,
      uid: 'u1',
      namespace: 'shop',
      name: 'cart-1',
      resourceVersion: '100200300400500600',
      observedAtMs: 1_790_000_000_000,
      encoding: 'JSON',
      body: new TextEncoder().encode('{"metadata":{"name":"cart-1"}}'),
    },
    {
      type: 'upsert',
      feedId: 1,
      uid: 'u2',
      namespace: '',
      name: 'judged',
      resourceVersion: '11',
      observedAtMs: 1,
      encoding: 'JSON',
      body: new TextEncoder().encode('{}'),
      findings: ['host-pid', 'latest-tag'],
    },
    {
      type: 'upsert',
      feedId: 1,
      uid: 'u3',
      namespace: '',
      name: 'judged-and-found-clean',
      resourceVersion: '12',
      observedAtMs: 1,
      encoding: 'JSON',
      body: new TextEncoder().encode('{}'),
      findings: [],
    },
    { type: 'snapshotEnd', feedId: 1, resourceVersion: '12', count: 1 },
    { type: 'snapshotAbort', feedId: 2, reason: 'EXPIRED' },
    { type: 'delete', feedId: 1, uid: 'u0', namespace: '', name: 'n', resourceVersion: '13', observedAtMs: 5 },
    { type: 'progress', feedId: 1, resourceVersion: '14' },
    { type: 'feedState', feedId: 3, state: 'FORBIDDEN', reason: 'no permission to list' },
    { type: 'snapshotBegin', feedId: 3, afresh: true },
    { type: 'offer', feedId: 3, uid: 'u9', resourceVersion: '17' },
  ],
  health: {
    state: 'blocked',
    cause: 'api-server',
    reason: 'connect ECONNREFUSED',
    sinceMs: 1_732_000_000_000,
  },
  stop: { reason: 'SIGTERM' },
};

describe('ingest wire', () => {
  it('gives back every kind of entry as it was', () => {
    const decoded = decodeBatch(encodeBatch(everyEntry));
    const asPlainBytes = decoded.entries.map((entry) =>
      entry.type === 'upsert' ? { ...entry, body: new Uint8Array(entry.body) } : entry,
    );
    expect({ ...decoded, entries: asPlainBytes }).toEqual(everyEntry);
  });

  it('gives back an ack with limits, directives and rejections', () => {
    const ack = {
      epoch: 2,
      receivedSeq: 9,
      processedSeq: 8,
      entryCount: 4,
      limits: { maxBatchBytes: 1024, heartbeatMs: 15_000, minBatchIntervalMs: 0 },
      directives: [{ id: 'd1', resync: { feedIds: [1, 2], reason: 'restored from backup' } }],
      rejections: [
        { entryIndex: 3, code: 'TOO_LARGE' },
        { entryIndex: 0, code: 'NO_UID', seq: 7 },
      ],
    };
    expect(decodeAck(encodeAck(ack))).toEqual(ack);
    expect(decodeAck(encodeAck({ ...ack, wanted: [0, 300] }))).toEqual({ ...ack, wanted: [0, 300] });
    expect(decodeAck(encodeAck({ ...ack, wanted: [] }))).toEqual(ack);
  });

  it('gives back an open request with and without a lease', () => {
    const request = {
      instanceId: 'i',
      clusterUid: 'c',
      agentVersion: 'v1',
      kubernetesVersion: 'v1.36.3',
      lease: { uid: 'l', transitions: 4 },
      feeds: [
        {
          id: 1,
          group: 'apps',
          version: 'v1',
          resource: 'deployments',
          kind: 'Deployment',
          namespace: '',
          fieldSelector: '',
          scrubVersion: 2,
        },
      ],
      encodings: ['JSON' as const],
    };
    expect(decodeOpenRequest(encodeOpenRequest(request))).toEqual(request);
    const { lease: _, ...withoutLease } = request;
    expect(decodeOpenRequest(encodeOpenRequest(withoutLease))).toEqual(withoutLease);
  });

  it('gives back an open response', () => {
    const response = {
      epoch: 4_294_967_297,
      resume: [{ feedId: 1, resourceVersion: '99' }],
      limits: { maxBatchBytes: 1, heartbeatMs: 2, minBatchIntervalMs: 3 },
      directives: [],
      ended: { epoch: 4_294_967_296, receivedSeq: 7, processedSeq: 5 },
      offers: { held: [{ feedId: 2, resourceVersion: '98' }] },
    };
    expect(decodeOpenResponse(encodeOpenResponse(response))).toEqual(response);
    const { ended: _, offers: _offers, ...first } = response;
    expect(decodeOpenResponse(encodeOpenResponse(first))).toEqual(first);
    const holdsNothing = { ...first, offers: { held: [] } };
    expect(decodeOpenResponse(encodeOpenResponse(holdsNothing))).toEqual(holdsNothing);
  });

  it('refuses bytes that are no batch', () => {
    expect(() => decodeBatch(new Uint8Array([0x22, 0x05, 0x01]))).toThrow(/index out of range/);
  });

  it('counts entries at no less than they cost on the wire', () => {
    for (const entry of everyEntry.entries) {
      const alone = encodeBatch({ epoch: 0, seq: 0, sentAtMs: 0, entries: [entry] }).length;
      expect(entryBytes(entry)).toBeGreaterThanOrEqual(alone - 40);
    }
  });
});
