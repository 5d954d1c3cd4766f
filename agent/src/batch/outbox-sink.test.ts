import { jsonItem } from '@castai/shared/kube/kube-item.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { Entry, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { OutboxSink } from './outbox-sink.ts';
import { Outbox } from './outbox.ts';

function start() {
  const outbox = new Outbox({ limitBytes: 1 << 20, onDemoted: () => {}, onWaiting: () => {} });
  const sink = new OutboxSink(outbox, new ManualClock(1_700_000_000_000));
  /** What a batch holds. */
  const sent = (): Entry[] => outbox.cut(1 << 20).entries;
  return { outbox, sink, sent };
}

const identity = {
  feedId: 1,
  uid: 'uid-a',
  namespace: 'shop',
  name: 'a',
  resourceVersion: '101',
  observedAtMs: 1_700_000_000_000,
};
const upsert: Upsert = { type: 'upsert', ...identity, encoding: 'JSON', body: Buffer.from('{}') };
const item = jsonItem({ metadata: { name: 'a', namespace: 'shop', uid: 'uid-a', resourceVersion: '101' } });

describe('outbox sink', () => {
  it('makes a snapshot of pages, and tells when the next one may come', () => {
    const { sink, sent } = start();
    let asked = 0;
    sink.start(1, '100', false);
    sink.begin(1);
    sink.page(1, [upsert], () => (asked += 1));
    sink.end(1);
    sink.report(1, 'SYNCED', '');
    expect(asked).toBe(1);
    expect(sent()).toEqual([
      { type: 'snapshotBegin', feedId: 1 },
      upsert,
      { type: 'snapshotEnd', feedId: 1, resourceVersion: '100', count: 1 },
      { type: 'feedState', feedId: 1, state: 'SYNCED', reason: '' },
    ]);
  });

  it('says that the end of a snapshot is on its way until the platform has it', async () => {
    const { outbox, sink, sent } = start();
    const { signal } = new AbortController();
    expect(sink.whenEnded(1, signal)).toBeUndefined();
    sink.start(1, '100', false);
    sink.begin(1);
    sink.end(1);
    sent();
    const ended = sink.whenEnded(1, signal);
    expect(ended).toBeDefined();
    outbox.endReceived(1);
    await ended;
    expect(sink.whenEnded(1, signal)).toBeUndefined();
  });

  it('makes a change of what is kept, and a delete of what is not', () => {
    const { sink, sent } = start();
    sink.start(1, '100', true);
    sink.change(1, item, upsert);
    expect(sent()).toEqual([upsert, { type: 'progress', feedId: 1, resourceVersion: '101' }]);
    sink.change(1, item, undefined);
    expect(sent()).toEqual([{ type: 'delete', ...identity }]);
    sink.change(1, jsonItem({ metadata: { name: 'node-1', resourceVersion: '102' } }), undefined);
    const virtual = { ...identity, uid: '/node-1', namespace: '', name: 'node-1', resourceVersion: '102' };
    expect(sent()[0]).toEqual({ type: 'delete', ...virtual });
  });

  it('claims where a feed has got to without a change, but not what it was resumed at', () => {
    const { sink, sent } = start();
    sink.start(1, '100', true);
    expect(sent()).toEqual([]);
    sink.advance(1, '120');
    expect(sent()).toEqual([{ type: 'progress', feedId: 1, resourceVersion: '120' }]);
  });

  it('says from where a feed can be read again, and when it may be read on', () => {
    const { sink, sent } = start();
    sink.start(1, '100', true);
    sink.change(1, item, upsert);
    expect([sink.resumePoint(1), sink.whenRoom(1, new AbortController().signal)]).toEqual(['100', undefined]);
    sent();
    expect(sink.resumePoint(1)).toBe('101');
  });

  it('voids a snapshot that the platform has heard of', () => {
    const { sink, sent } = start();
    sink.begin(1);
    sent();
    sink.abort(1, 'KUBE_EXPIRED');
    expect(sent()).toEqual([{ type: 'snapshotAbort', feedId: 1, reason: 'KUBE_EXPIRED' }]);
  });
});
