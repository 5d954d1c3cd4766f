import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { expect, test } from 'vitest';
import { type DriftMemory, encodeMemory, NO_MEMORY, parseMemory } from './drift-memory.ts';

const NOW = Date.parse('2026-11-30T04:05:06.789Z');
const MINUTE = 60_000;
const DAY = 86_400_000;

const MEMORY: DriftMemory = {
  controlPlane: 'v1.37.2',
  mixedSinceMs: new Map([
    ['spot', NOW - 3 * DAY],
    ['', NOW - 1],
  ]),
  windows: [{ startMs: NOW - DAY, endMs: NOW - DAY + 4 * 3_600_000 }],
};

test('what was written is read, to the millisecond, by whoever comes within an hour', () => {
  const text = encodeMemory(MEMORY, NOW);
  expect(parseMemory(text, NOW)).toEqual(MEMORY);
  expect(parseMemory(text, NOW + 45 * MINUTE)).toEqual(MEMORY);
  expect(JSON.parse(text)).toEqual({
    seen: '2026-11-30T04:00:00.000Z',
    controlPlane: 'v1.37.2',
    windows: [['2026-11-29T04:05:06.789Z', '2026-11-29T08:05:06.789Z']],
    mixedSince: { spot: '2026-11-27T04:05:06.789Z', '': '2026-11-30T04:05:06.788Z' },
  });
});

test('while nothing else is news it is written anew every ten minutes and not more often', () => {
  const texts = Array.from({ length: 30 }, (_, minute) => encodeMemory(MEMORY, NOW + minute * MINUTE));
  expect(new Set(texts).size).toBe(4);
});

test.each([
  ['nobody has looked for more than an hour', encodeMemory(MEMORY, NOW - 66 * MINUTE)],
  ['it is of a clock that is hours ahead', encodeMemory(MEMORY, NOW + 90 * MINUTE)],
  ['nothing is written', ''],
  ['it is no JSON', '{"seen":'],
  ['it is no object', '[]'],
  ['it does not say of when it is', '{"mixedSince":{"spot":"2026-11-27T04:05:06Z"}}'],
])('nothing is believed where %s', (_why, text) => {
  expect(parseMemory(text, NOW)).toEqual(NO_MEMORY);
});

test('of what somebody else has written there what can be meant is taken, and what is of the future is now', () => {
  const text = JSON.stringify({
    seen: new Date(NOW).toISOString(),
    controlPlane: 7,
    mixedSince: { a: 'yesterday', b: null, c: '2027-01-01T00:00:00Z', d: '2026-11-30T00:00:00Z' },
    windows: [
      'x',
      ['2026-11-30T00:00:00Z'],
      ['2026-11-30T02:00:00Z', '2026-11-30T01:00:00Z'],
      ['2026-11-30T00:00:00Z', '2026-11-30T01:00:00Z'],
    ],
  });
  expect(parseMemory(text, NOW)).toEqual({
    controlPlane: undefined,
    mixedSinceMs: new Map([
      ['c', NOW],
      ['d', Date.parse('2026-11-30T00:00:00Z')],
    ]),
    windows: [{ startMs: Date.parse('2026-11-30T00:00:00Z'), endMs: Date.parse('2026-11-30T01:00:00Z') }],
  });
});

test('of very many pools those that have been uneven for longest are written, in bounds, and no name of a pool is special', () => {
  const random = new SeededRandom(5);
  const pools = Array.from({ length: 500 }, (_, index) => [`pool-${index}-"\\`, NOW - random.integer(DAY)] as const);
  const text = encodeMemory({ ...MEMORY, mixedSinceMs: new Map([['__proto__', NOW - 2 * DAY], ...pools]) }, NOW);
  expect(text.length).toBeLessThanOrEqual(4096);
  const { mixedSinceMs } = parseMemory(text, NOW);
  expect(mixedSinceMs.size).toBeGreaterThan(40);
  const longest = [['__proto__', NOW - 2 * DAY] as const, ...pools].toSorted(([, a], [, b]) => a - b);
  expect([...mixedSinceMs]).toEqual(longest.slice(0, mixedSinceMs.size));
});
