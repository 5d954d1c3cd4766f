import { expect, test } from 'vitest';
import { choiceOf, isCombination } from './agent-runs.ts';

const words = (runs: number, chosen: Parameters<typeof choiceOf>[1]): string[] =>
  Array.from({ length: runs }, (_, run) => {
    const { seed, wire, encoding } = choiceOf({ first: 100, steps: 5, run }, chosen);
    return `${String(seed)} ${wire} ${encoding}`;
  });

test('every combination has its turn within four runs, and meets seeds of every kind', () => {
  const runs = words(16, {});
  for (const four of [runs.slice(0, 4), runs.slice(8, 12)]) {
    expect(four.map((one) => one.slice(4)).toSorted()).toEqual([
      'agent-deltas auto',
      'agent-deltas json',
      'ingest auto',
      'ingest json',
    ]);
  }
  const ofIngestAuto = runs.filter((one) => one.endsWith('ingest auto')).map((one) => Number(one.slice(0, 3)) % 4);
  expect(new Set(ofIngestAuto)).toEqual(new Set([0, 1, 2, 3]));
});

test('what is named is kept to', () => {
  expect(words(2, { wire: 'ingest' })).toEqual(['100 ingest auto', '101 ingest json']);
  expect(words(2, { wire: 'agent-deltas', encoding: 'auto' })).toEqual([
    '100 agent-deltas auto',
    '101 agent-deltas auto',
  ]);
});

test('a word that is none of these is no combination', () => {
  expect(isCombination({})).toBe(true);
  expect(isCombination({ wire: 'ingest', encoding: 'json' })).toBe(true);
  expect(isCombination({ wire: 'deltas' })).toBe(false);
  expect(isCombination({ encoding: 'protobuf' })).toBe(false);
});
