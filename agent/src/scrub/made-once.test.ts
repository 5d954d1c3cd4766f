import { expect, test } from 'vitest';
import { madeOnce } from './made-once.ts';

test('nothing is made before it is asked for, and only one then', () => {
  let count = 0;
  const asked = madeOnce(() => ({ number: (count += 1) }));
  expect(count).toBe(0);
  const first = asked();
  expect(first).toEqual({ number: 1 });
  expect(asked()).toBe(first);
  expect(count).toBe(1);
});

test('zero and the empty text are made once as well', () => {
  let count = 0;
  const zero = madeOnce(() => (count += 1) - count);
  const empty = madeOnce(() => ''.repeat((count += 1)));
  expect([zero(), zero(), empty(), empty()]).toEqual([0, 0, '', '']);
  expect(count).toBe(2);
});
