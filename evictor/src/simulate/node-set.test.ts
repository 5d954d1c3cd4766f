import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { expect, test } from 'vitest';
import { NodeSet } from './node-set.ts';

const OF = [0, 31, 32, 63, 64, 95];
const set = NodeSet.where(96, (index) => OF.includes(index));

test('it holds those that are in it, in their order', () => {
  expect(set.list()).toEqual(OF);
  expect(set.size).toBe(6);
  expect([0, 1, 31, 32, 95, 96, 1000].filter((index) => set.has(index))).toEqual([0, 31, 32, 95]);
  expect(NodeSet.where(0, () => true).list()).toEqual([]);
});

test('what is left of it is another set, and asks only about those that are in it', () => {
  const asked: number[] = [];
  const left = set.filter((index) => asked.push(index) > 1);

  expect(asked).toEqual(OF);
  expect(left.list()).toEqual([31, 32, 63, 64, 95]);
  expect(left.size).toBe(5);
  expect(set.list()).toEqual(OF);
});

test('where all are kept it is the same set: it takes no more memory', () => {
  expect(set.filter(() => true)).toBe(set);
  expect([NodeSet.of(96, [1, 94]), NodeSet.NONE].map((other) => set.without(other))).toEqual([set, set]);
});

test('one after another in a circle, from anywhere', () => {
  expect([0, 1, 31, 33, 63, 65, 95, 96, 1000].map((from) => set.next(from))).toEqual([0, 31, 31, 63, 63, 95, 95, 0, 0]);
  expect(NodeSet.where(40, () => false).next(7)).toBe(-1);
});

test('random sets of any length are what lists are', () => {
  const random = new SeededRandom(7);
  for (let count = 1; count < 140; count += 1) {
    const isIn = Array.from({ length: count }, () => random.chance(0.4));
    const list = isIn.flatMap((is, index) => (is ? [index] : []));
    const one = NodeSet.where(count, (index) => isIn[index] === true);
    const others = list.filter(() => random.chance(0.5));
    expect(NodeSet.of(count, list)).toEqual(one);
    expect(one.without(NodeSet.of(count, [...others, 0])).list()).toEqual(
      list.filter((index) => index !== 0 && !others.includes(index)),
    );
    const from = random.integer(count + 2);
    expect([one.list(), one.size, one.next(from)]).toEqual([
      list,
      list.length,
      list.find((index) => index >= from) ?? list[0] ?? -1,
    ]);
  }
});
