import { describe, expect, it } from 'vitest';
import { DELTA_TAIL, type DeltaHead, type DeltaItem, encodeHead, encodeItems } from './deltas-wire.ts';

const head: DeltaHead = {
  clusterId: 'c-"1"',
  kubernetesVersion: 'v1.29.4-gke.1',
  agentVersion: '0.4.0',
  isFullSnapshot: true,
};
const item = (event: DeltaItem['event'], data: string): DeltaItem => ({
  event,
  kind: 'Pod',
  createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  data: Buffer.from(data),
});
const documentOf = (...parts: Uint8Array[]): unknown => JSON.parse(Buffer.concat([...parts, DELTA_TAIL]).toString());

describe('body of a delta', () => {
  it('is one JSON document, however many pieces it is written in', () => {
    const first = encodeItems([item('add', '{"a":1}'), item('update', '{}')], true);
    const second = encodeItems([item('delete', '{"b":"ü"}')], false);
    const createdAt = '2026-01-02T03:04:05.006Z';
    expect(documentOf(encodeHead(head), first, second)).toEqual({
      clusterId: 'c-"1"',
      clusterVersion: '1.29.4-gke.1',
      agentVersion: 'v0.4.0',
      fullSnapshot: true,
      continuityToken: '',
      items: [
        { event: 'add', kind: 'Pod', data: { a: 1 }, createdAt },
        { event: 'update', kind: 'Pod', data: {}, createdAt },
        { event: 'delete', kind: 'Pod', data: { b: 'ü' }, createdAt },
      ],
    });
  });

  it('has a list also when there is nothing to say', () => {
    expect(documentOf(encodeHead({ ...head, isFullSnapshot: false }), encodeItems([], true))).toMatchObject({
      fullSnapshot: false,
      items: [],
    });
  });

  it('leaves versions as they are that have no v to take or have one', () => {
    expect(documentOf(encodeHead({ ...head, kubernetesVersion: '1.36.0', agentVersion: 'v1.2.3' }))).toMatchObject({
      clusterVersion: '1.36.0',
      agentVersion: 'v1.2.3',
    });
  });
});
