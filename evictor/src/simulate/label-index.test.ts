import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { expect, test } from 'vitest';
import { type Requirement, selects } from '../view/label-selector.ts';
import { LabelIndex } from './label-index.ts';

const items = [
  { name: 'a', labels: { app: 'web', tier: 'front' } },
  { name: 'b', labels: { app: 'web' } },
  { name: 'c', labels: { app: 'db' } },
  { name: 'd', labels: {} },
];
const names = (...selector: Requirement[]): string[] =>
  new LabelIndex(items).selectedBy(selector).map(({ name }) => name);

test('it finds what a selector selects, by a label or without one', () => {
  expect(names({ key: 'app', operator: 'In', values: ['web'] })).toEqual(['a', 'b']);
  expect(names({ key: 'app', operator: 'In', values: ['db', 'web', 'web'] })).toEqual(['c', 'a', 'b']);
  expect(names({ key: 'app', operator: 'In', values: [] })).toEqual([]);
  expect(names({ key: 'tier', operator: 'DoesNotExist', values: [] })).toEqual(['b', 'c', 'd']);
  expect(names()).toEqual(['a', 'b', 'c', 'd']);
});

test('no selector selects nothing', () => {
  expect(new LabelIndex(items).selectedBy(undefined)).toEqual([]);
});

test('a label that every object has of itself is no label', () => {
  expect(names({ key: 'constructor', operator: 'In', values: ['Object'] })).toEqual([]);
});

test('random selectors find what asking everybody finds', () => {
  const random = new SeededRandom(11);
  const text = (): string => String(random.integer(3));
  const some = Array.from({ length: 60 }, (_none, index) => ({
    index,
    labels: Object.fromEntries(Array.from({ length: random.integer(4) }, () => [text(), text()])),
  }));
  const index = new LabelIndex(some);
  const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
  for (let round = 0; round < 300; round += 1) {
    const selector = Array.from({ length: random.integer(3) }, (): Requirement => {
      const operator = operators[random.integer(4)] ?? 'In';
      return { key: text(), operator, values: Array.from({ length: random.integer(3) }, text) };
    });
    const found = index.selectedBy(selector).map((one) => one.index);
    expect(found.toSorted((a, b) => a - b)).toEqual(
      some.filter(({ labels }) => selects(selector, labels)).map((one) => one.index),
    );
  }
});
