import { expect, test } from 'vitest';
import { EndsAwaited } from './ends-awaited.ts';

const { signal } = new AbortController();

test('there is nothing to wait for without an open snapshot', () => {
  const ends = new EndsAwaited();
  expect(ends.wait(1, signal)).toBeUndefined();
  ends.begin(1);
  ends.over(1);
  expect(ends.wait(1, signal)).toBeUndefined();
});

test('the end of one feed is not that of another', async () => {
  const ends = new EndsAwaited();
  const over: string[] = [];
  for (const feedId of [1, 2]) {
    ends.begin(feedId);
    void ends.wait(feedId, signal)?.then(() => over.push(`feed ${String(feedId)}`));
  }
  ends.over(2);
  await Promise.resolve();
  expect(over).toEqual(['feed 2']);
  ends.clear();
  await Promise.resolve();
  expect(over).toEqual(['feed 2', 'feed 1']);
});
