import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { jsonItem } from '@castai/shared/kube/kube-item.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { entryBytes } from '@castai/shared/wire/ingest/entry-wire.ts';
import { describe, expect, it } from 'vitest';
import { keepScrubbed } from './keep-scrubbed.ts';

const clock = new ManualClock(1_700_000_000_000);
const { keep, keepSnapshot, bytesOf, keepUnreadable } = keepScrubbed({
  feedId: 3,
  scrub: ({ metadata: { name } }) => (name === 'hidden' ? undefined : { name }),
  clock,
});
const item = (name: string) =>
  jsonItem({ metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '7' }, spec: 'never sent' });
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();

describe('what the agent keeps of an object', () => {
  it('is the entry that says what may leave of it', () => {
    const kept = keep(item('a'));
    expect(kept).toEqual({
      type: 'upsert',
      feedId: 3,
      uid: 'uid-a',
      namespace: 'shop',
      name: 'a',
      resourceVersion: '7',
      observedAtMs: 1_700_000_000_000,
      encoding: 'JSON',
      body: Buffer.from('{"name":"a"}'),
    });
    expect(keepSnapshot()(item('a'))).toEqual(kept);
    const fixed = 'uid-a'.length + 'shop'.length + 'a'.length + '{"name":"a"}'.length;
    expect(kept && bytesOf(kept) - fixed).toBe(entryBytes({ type: 'snapshotBegin', feedId: 3 }));
  });

  it('tells with it which rules the whole object breaks, and that it was not judged by telling none', () => {
    const judge = (object: KubeObject): readonly string[] | undefined =>
      object.metadata.name === 'unjudged' ? undefined : [String(object['spec'])];
    const judging = keepScrubbed({ feedId: 3, scrub: ({ metadata: { name } }) => ({ name }), judge, clock });
    expect([judging.keep(item('a'))?.findings, judging.keepSnapshot()(item('a'))?.findings]).toEqual([
      ['never sent'],
      ['never sent'],
    ]);
    expect(judging.keep(item('unjudged'))).not.toHaveProperty('findings');
  });

  it('says what a watch has seen come into being', () => {
    const news = (type: string): unknown => keep(Object.assign(item('a'), { type }))?.isNew;
    expect(['ADDED', 'MODIFIED'].map(news)).toEqual([true, undefined]);
  });

  it('is nothing where nothing may leave', () => {
    expect([keep(item('hidden')), keepSnapshot()(item('hidden'))]).toEqual([undefined, undefined]);
  });

  it('is of one that cannot be read that it exists, and nothing where not even that can be told of it', () => {
    const unreadable = { reason: 'NOT_JSON', kind: 'Pod', place: 'item 1' } as const;
    expect(keepUnreadable({ ...unreadable, namespace: 'shop', name: 'a', uid: '', resourceVersion: '7' })).toEqual({
      type: 'upsert',
      feedId: 3,
      uid: 'shop/a',
      namespace: 'shop',
      name: 'a',
      resourceVersion: '7',
      observedAtMs: 1_700_000_000_000,
      encoding: 'JSON',
      body: new Uint8Array(),
    });
    const nobody = { ...unreadable, namespace: '', name: '', resourceVersion: '' };
    expect(keepUnreadable({ ...nobody, uid: 'u' })?.uid).toBe('u');
    expect(keepUnreadable({ ...nobody, uid: '' })).toBeUndefined();
  });

  it('names cluster-wide and virtual objects as well', () => {
    const kept = keep(jsonItem({ metadata: { name: 'node-1' } }));
    expect(kept).toMatchObject({ uid: '/node-1', namespace: '', name: 'node-1', resourceVersion: '' });
  });

  it('shares memory with the other objects of its snapshot, and with nothing else', () => {
    const ofSnapshot = keepSnapshot();
    const [a, b] = [ofSnapshot(item('a')), ofSnapshot(item('b'))];
    const other = keepSnapshot()(item('c'));
    const alone = keep(item('d'));
    expect([a, b, other, alone].map((one) => text(one?.body))).toEqual([
      '{"name":"a"}',
      '{"name":"b"}',
      '{"name":"c"}',
      '{"name":"d"}',
    ]);
    expect(a?.body.buffer).toBe(b?.body.buffer);
    expect(other?.body.buffer).not.toBe(a?.body.buffer);
    expect(alone?.body.buffer.byteLength).toBe(alone?.body.byteLength);
  });
});
