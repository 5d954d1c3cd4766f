import { expect, test } from 'vitest';
import { Interner } from './interner.ts';

const long = 'x'.repeat(1_000);

test.each<[string, object, object, boolean]>([
  ['equal ones', { a: 1 }, { a: 1 }, true],
  ['others', { a: 1 }, { a: 2 }, false],
  ['long ones that are equal', { a: long }, { a: long }, true],
  ['long ones that differ at their end', { a: `${long}y` }, { a: `${long}z` }, false],
])('%s: the same value, or each its own', (_name, one, other, isSame) => {
  const interner = new Interner();

  expect(interner.same(one)).toBe(one);
  expect(interner.same(other)).toBe(isSame ? one : other);
});
