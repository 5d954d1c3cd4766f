import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ReadingGate } from './reading-gate.ts';

function start() {
  const closed = new Set<number>();
  const gate = new ReadingGate((feedId) => !closed.has(feedId));
  const passed: number[] = [];
  const go = async (feedId: number, signal: AbortSignal): Promise<void> => {
    await gate.wait(feedId, signal);
    passed.push(feedId);
  };
  return { closed, gate, passed, go };
}

describe('reading gate', () => {
  it('costs nothing while a feed may be read', () => {
    const { gate } = start();
    expect(gate.wait(1, new AbortController().signal)).toBeUndefined();
  });

  it('lets each feed go on when it may, and leaves no listener behind', async () => {
    const { closed, gate, passed, go } = start();
    const { signal } = new AbortController();
    closed.add(1).add(2);
    const both = [go(1, signal), go(2, signal)];
    gate.open();
    closed.delete(2);
    gate.open();
    await both[1];
    expect(passed).toEqual([2]);
    closed.clear();
    gate.open();
    await Promise.all(both);
    expect(passed).toEqual([2, 1]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('keeps nobody who has stopped', async () => {
    const { closed, gate, passed, go } = start();
    const control = new AbortController();
    closed.add(1);
    const waiting = go(1, control.signal);
    control.abort();
    await waiting;
    expect(passed).toEqual([1]);
    expect(gate.wait(1, control.signal)).toBeUndefined();
  });
});
