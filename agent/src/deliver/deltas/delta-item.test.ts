import type { Delete, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { deleteItem, upsertItem } from './delta-item.ts';

const identity = { feedId: 1, uid: 'u-1', namespace: 'shop', name: 'cart', resourceVersion: '9', observedAtMs: 7 };
const upsert = (body: string): Upsert => ({ type: 'upsert', ...identity, encoding: 'JSON', body: Buffer.from(body) });
const gone: Delete = { type: 'delete', ...identity };
const pod = { group: '', version: 'v1', kind: 'Pod' };
const pool = { group: 'karpenter.sh', version: 'v1', kind: 'NodePool' };
const dataOf = (item: { data: Uint8Array }): string => Buffer.from(item.data).toString();

describe('item of a delta', () => {
  it('tells a typed kind by its kind alone, and every other with type and version in the object', () => {
    const body = '{"metadata":{"name":"cart"}}';
    expect(dataOf(upsertItem(pod, upsert(body), true))).toBe(body);
    expect(dataOf(upsertItem(pool, upsert(body), true))).toBe(
      '{"apiVersion":"karpenter.sh/v1","kind":"NodePool","metadata":{"name":"cart"}}',
    );
    expect(dataOf(upsertItem(pool, upsert('{}'), true))).toBe('{"apiVersion":"karpenter.sh/v1","kind":"NodePool"}');
  });

  it('tells autoscalers of version 2 with it, because version 1 has always come without', () => {
    const scaler = { group: 'autoscaling', kind: 'HorizontalPodAutoscaler' };
    expect(dataOf(upsertItem({ ...scaler, version: 'v1' }, upsert('{"spec":{}}'), true))).toBe('{"spec":{}}');
    expect(dataOf(upsertItem({ ...scaler, version: 'v2' }, upsert('{"spec":{}}'), true))).toBe(
      '{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","spec":{}}',
    );
  });

  it('says when the object was seen, and whether it is new', () => {
    expect(upsertItem(pod, upsert('{}'), true)).toMatchObject({ event: 'add', kind: 'Pod', createdAtMs: 7 });
    expect(upsertItem(pod, upsert('{}'), false)).toMatchObject({ event: 'update' });
    expect(deleteItem(pod, gone)).toMatchObject({ event: 'delete', kind: 'Pod', createdAtMs: 7 });
  });

  it('says who it was of an object that is gone, and who it is of one that cannot be read', () => {
    const who = '{"metadata":{"name":"cart","namespace":"shop","uid":"u-1"}}';
    expect(dataOf(deleteItem(pod, gone))).toBe(who);
    expect(dataOf(upsertItem(pod, upsert(''), true))).toBe(who);
    expect(dataOf(deleteItem(pod, { ...gone, namespace: '', uid: 'shop/cart' }))).toBe('{"metadata":{"name":"cart"}}');
  });
});
