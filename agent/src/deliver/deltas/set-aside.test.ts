import type { DeltaEvent } from '@castai/shared/wire/deltas/deltas-wire.ts';
import { describe, expect, it } from 'vitest';
import type { SentItem } from './delta-item.ts';
import { SetAside } from './set-aside.ts';

const item = (event: DeltaEvent, name: string, uid: string, bytes = 1): SentItem => ({
  event,
  kind: 'Pod',
  createdAtMs: 0,
  data: new Uint8Array(bytes),
  entry: { type: 'delete', feedId: 1, uid, namespace: 'shop', name, resourceVersion: '1', observedAtMs: 0 },
});
const shown = (items: readonly SentItem[]): string[] =>
  items.map(({ event, entry: { name, uid }, data }) => `${event} ${name} ${uid} ${data.byteLength}`);

describe('items that are set aside', () => {
  it('are those of objects that were told, and all that follows under their names', () => {
    const aside = new SetAside();
    const [first, again, gone, anew] = [
      item('add', 'a', 'u1'),
      item('update', 'b', 'u2'),
      item('delete', 'b', 'u2'),
      item('add', 'b', 'u3'),
    ];
    expect(shown(aside.sift([first, again], new Set([again])))).toEqual(['add a u1 1']);
    expect(aside.sift([gone, anew], new Set([gone]))).toEqual([]);
    expect(shown(aside.drain())).toEqual(['delete b u2 1', 'add b u3 1']);
    expect([aside.bytes, aside.drain()]).toEqual([0, []]);
    expect(shown(aside.sift([anew], new Set()))).toEqual(['add b u3 1']);
  });

  it('are not what is gone without having been told: a full snapshot is without it', () => {
    const aside = new SetAside();
    const told = aside.sift([item('delete', 'a', 'u1'), item('add', 'a', 'u2')], new Set());
    expect(shown(told)).toEqual(['add a u2 1']);
    expect(aside.drain()).toEqual([]);
  });

  it('are the newest of each object, and cost what these cost', () => {
    const aside = new SetAside();
    const states = [item('add', 'a', 'u1', 100), item('update', 'a', 'u1', 40), item('update', 'c', 'u4', 7)];
    aside.sift(states, new Set(states));
    expect(aside.bytes).toBe(847);
    expect(shown(aside.drain())).toEqual(['add a u1 40', 'update c u4 7']);
    const gone = [item('add', 'a', 'u1'), item('delete', 'a', 'u1')];
    aside.sift(gone, new Set(gone));
    expect(shown(aside.drain())).toEqual(['delete a u1 1']);
  });
});
