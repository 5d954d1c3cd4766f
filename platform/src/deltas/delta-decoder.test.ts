import { describe, expect, it } from 'vitest';
import { Refusal } from '../answer/refusal.ts';
import type { DeltaItem } from '../store/delta-change.ts';
import { DeltaDecoder, type DeltaHead } from './delta-decoder.ts';

const CREATED = '2026-01-02T03:04:05.678912345Z';
const POD = { metadata: { name: 'a', namespace: 'shop', uid: 'uid-a', resourceVersion: '7' } };
const NODE_POOL = { apiVersion: 'karpenter.sh/v1', metadata: { name: 'n' } };

function decode(text: string, maxItemBytes = 1024): { items: DeltaItem[]; head: DeltaHead } {
  const decoder = new DeltaDecoder(maxItemBytes);
  const bytes = Buffer.from(text);
  const items: DeltaItem[] = [];
  for (let at = 0; at < bytes.length; at += 7) items.push(...decoder.push(bytes.subarray(at, at + 7)));
  return { items, head: decoder.end() };
}

function document(items: unknown, more: object = {}): string {
  const head = { clusterId: 'c1', clusterVersion: '1.29.4', agentVersion: 'v0.123.1', fullSnapshot: true };
  return `${JSON.stringify({ ...head, items, continuityToken: '', ...more })}\n`;
}

function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Refusal ? `${error.status} ${error.code} ${error.message}` : `not ours: ${String(error)}`;
  }
  return 'no refusal';
}

describe('delta decoder', () => {
  it('gives the items and what the document says of itself', () => {
    const { items, head } = decode(
      document([
        { event: 'add', kind: 'Pod', data: POD, createdAt: CREATED },
        { event: 'delete', kind: 'NodePool', data: NODE_POOL, createdAt: CREATED },
      ]),
    );
    expect(head).toEqual({ clusterId: 'c1', clusterVersion: '1.29.4', agentVersion: 'v0.123.1', isFull: true });
    const observedAtMs = Date.parse('2026-01-02T03:04:05.678Z');
    expect(items.map((item) => ({ ...item, body: Buffer.from(item.body).toString() }))).toEqual([
      {
        feed: { group: '', version: 'v1', resource: 'pods', kind: 'Pod' },
        isDelete: false,
        namespace: 'shop',
        name: 'a',
        uid: 'uid-a',
        resourceVersion: '7',
        observedAtMs,
        body: JSON.stringify(POD),
      },
      {
        feed: { group: 'karpenter.sh', version: 'v1', resource: 'nodepools', kind: 'NodePool' },
        isDelete: true,
        namespace: '',
        name: 'n',
        uid: '/n',
        resourceVersion: '',
        observedAtMs,
        body: JSON.stringify(NODE_POOL),
      },
    ]);
  });

  it('keeps numbers that JavaScript would write in another way', () => {
    const data = '{"metadata":{"name":"a"},"spec":{"big":9223372036854775807,"small":1.50}}';
    const item = `{"event":"update","kind":"Pod","data":${data},"createdAt":"${CREATED}"}`;
    const { items } = decode(`{"fullSnapshot":false,"items":[${item}]}`);
    expect(items.map(({ body }) => Buffer.from(body).toString())).toEqual([data]);
  });

  it('does not take a document for whole that was cut, wherever', () => {
    const text = document([{ event: 'add', kind: 'Pod', data: POD, createdAt: CREATED }]).trimEnd();
    for (let length = 0; length < text.length; length += 1) {
      expect(
        refusalOf(() => decode(text.slice(0, length))),
        `${length} characters`,
      ).toMatch(/^400 INVALID_DELTA/);
    }
  });

  it('says what is wrong with a document, and with which item', () => {
    const item = { event: 'add', kind: 'Pod', data: POD, createdAt: CREATED };
    const f = (changed: object): string => refusalOf(() => decode(document([item, { ...item, ...changed }])));
    const wrong = '400 INVALID_DELTA this is not a delta: ';
    expect(f({ event: 'upsert' })).toBe(`${wrong}item 2 has an event that is neither add, update nor delete`);
    expect(f({ kind: '' })).toBe(`${wrong}item 2 has no kind`);
    expect(f({ data: null })).toBe(`${wrong}item 2 has no data`);
    expect(f({ data: {} })).toBe(`${wrong}item 2 has no name in its metadata`);
    expect(f({ createdAt: 'yesterday' })).toBe(`${wrong}item 2 has no createdAt that is a time`);
    expect(f({ data: { ...POD, spec: 'x'.repeat(1024) } })).toBe(
      '413 TOO_LARGE an item of a delta may have 1024 bytes',
    );
    expect(refusalOf(() => decode(document([7])))).toBe(`${wrong}item 1 is not an object`);
    expect(refusalOf(() => decode(document(null)))).toBe(`${wrong}\`items\` must be an array`);
    expect(refusalOf(() => decode('{"fullSnapshot":true}'))).toBe(`${wrong}\`items\` must be an array`);
    expect(refusalOf(() => decode(document([], { fullSnapshot: 'true' })))).toBe(
      `${wrong}\`fullSnapshot\` must be true or false`,
    );
    expect(refusalOf(() => decode('<!doctype html>'))).toMatch(/^400 INVALID_DELTA/);
  });
});
