import { describe, expect, it } from 'vitest';
import type { DeltaPoint } from './delta-memory.ts';
import { LeaseMemory } from './lease-memory.ts';
import { encodePoint } from './parse-point.ts';

const point = (token: string): DeltaPoint => ({
  clusterId: 'c-1',
  token,
  positions: new Map([['pods', { position: '7', shape: 'v1/1' }]]),
});
const textOf = (token: string): string => encodePoint(point(token)) ?? '';

function newMemory() {
  const told: string[] = [];
  return { memory: new LeaseMemory('us', { onPointIgnored: (why) => told.push(why) }), told };
}

describe('memory on a Lease', () => {
  it('goes on where the holder before has stopped', () => {
    const { memory, told } = newMemory();
    memory.onRead('', 'them');
    expect([memory.point, memory.text]).toEqual([undefined, '']);
    memory.onRead(textOf('t-1'), 'them');
    memory.onRead(textOf('t-2'), '');
    expect([memory.point, memory.text, told]).toEqual([point('t-2'), textOf('t-2'), []]);
  });

  it('learns nothing from its own Lease, which is as old as the last renewal', () => {
    const { memory } = newMemory();
    memory.remember(point('t-3'));
    memory.onRead(textOf('t-2'), 'us');
    expect([memory.point, memory.text]).toEqual([point('t-3'), textOf('t-3')]);
  });

  it('says why it does not believe what is written, once for each', () => {
    const { memory, told } = newMemory();
    const edited = textOf('t-1').replace('"7"', '"9"');
    memory.onRead(edited, 'them');
    memory.onRead(edited, 'them');
    expect([memory.point, told]).toEqual([undefined, ['somebody has changed it']]);
  });

  it('forgets what the platform has refused, for those that come later too', () => {
    const { memory } = newMemory();
    memory.remember(point('t-3'));
    memory.forget();
    expect([memory.point, memory.text]).toEqual([undefined, '']);
  });

  it('writes nothing that is too long for a Lease, and says so', () => {
    const { memory, told } = newMemory();
    memory.remember(point('t-1'));
    const positions = new Map(
      Array.from({ length: 600 }, (_, n) => [`feed-${n}`, { position: '1', shape: 'v1/1234567890' }]),
    );
    memory.remember({ ...point('t-2'), positions });
    memory.remember({ ...point('t-3'), positions });
    expect([memory.point?.token, memory.text, told]).toEqual(['t-3', '', ['it would be too long for a Lease']]);
  });
});
