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
    expect(dataOf(upsertItem(pod, upsert(body), true))).toBe('{"metadata":{"resourceVersion":"9","name":"cart"}}');
    expect(dataOf(upsertItem(pool, upsert(body), true))).toBe(
      '{"apiVersion":"karpenter.sh/v1","kind":"NodePool","metadata":{"resourceVersion":"9","name":"cart"}}',
    );
  });

  it('tells autoscalers of version 2 with it, because version 1 has always come without', () => {
    const scaler = { group: 'autoscaling', kind: 'HorizontalPodAutoscaler' };
    const body = '{"metadata":{},"spec":{}}';
    expect(dataOf(upsertItem({ ...scaler, version: 'v1' }, upsert(body), true))).toBe(
      '{"metadata":{"resourceVersion":"9"},"spec":{}}',
    );
    expect(dataOf(upsertItem({ ...scaler, version: 'v2' }, upsert(body), true))).toBe(
      '{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"resourceVersion":"9"},"spec":{}}',
    );
  });

  it('tells a kind that an operator has named with its type, also one of a typed group', () => {
    const revision = { group: 'apps', version: 'v1', kind: 'ControllerRevision', isExtra: true } as const;
    expect(dataOf(upsertItem(revision, upsert('{"metadata":{"name":"cart"}}'), true))).toBe(
      '{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"resourceVersion":"9","name":"cart"}}',
    );
  });

  it('says when the object was seen, and whether it is new', () => {
    expect(upsertItem(pod, upsert('{}'), true)).toMatchObject({ event: 'add', kind: 'Pod', createdAtMs: 7 });
    expect(upsertItem(pod, upsert('{}'), false)).toMatchObject({ event: 'update' });
    expect(deleteItem(pod, gone)).toMatchObject({ event: 'delete', kind: 'Pod', createdAtMs: 7 });
  });

  it('says who it is of an object that cannot be read or of which nothing may leave, and who it was of one that no list shows', () => {
    const who = '{"metadata":{"name":"cart","namespace":"shop","uid":"u-1","resourceVersion":"9"}}';
    expect(dataOf(deleteItem(pod, gone))).toBe(who);
    for (const body of ['', '{}']) expect(dataOf(upsertItem(pod, upsert(body), true))).toBe(who);
    expect(dataOf(upsertItem(pod, upsert('{"spec":{}}'), true))).toBe(`${who.slice(0, -1)},"spec":{}}`);
    const virtual = { ...gone, namespace: '', uid: 'shop/cart', resourceVersion: '' };
    expect(dataOf(deleteItem(pod, virtual))).toBe('{"metadata":{"name":"cart"}}');
    expect(
      dataOf(upsertItem(pod, { ...upsert('{"metadata":{"name":"cart"}}'), ...virtual, type: 'upsert' }, true)),
    ).toBe('{"metadata":{"name":"cart"}}');
  });

  it('says of an object that is gone what it was like last, where that is known', () => {
    const lastKnown = Buffer.from('{"metadata":{"name":"cart"},"spec":{"nodeName":"n"}}');
    expect(dataOf(deleteItem(pod, { ...gone, lastKnown }))).toBe(
      '{"metadata":{"resourceVersion":"9","name":"cart"},"spec":{"nodeName":"n"}}',
    );
  });
});
