import { expect, it } from 'vitest';
import { type Measure, partsOf, type Suite } from './suite.ts';

const one: Measure = () => Promise.resolve([]);
const two: Measure = () => Promise.resolve([]);
const SUITE: Suite = { parts: { one, two } };

it('a suite is measured whole, or by the parts that are named, in its own order', () => {
  expect(partsOf(SUITE, [])).toEqual([one, two]);
  expect(partsOf(SUITE, ['two'])).toEqual([two]);
  expect(partsOf(SUITE, ['two', 'one'])).toEqual([one, two]);
});

it('a part that is none is an error that names those that there are', () => {
  expect(() => partsOf(SUITE, ['one', 'three', 'toString'])).toThrow(
    new RangeError('there is no part three, toString; there is one, two'),
  );
});
