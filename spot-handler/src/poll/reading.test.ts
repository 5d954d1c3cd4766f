import { expect, test } from 'vitest';
import type { Notice } from './notice.ts';
import { readEntries, wordOf } from './reading.ts';

const notice = (id: string): Notice => ({
  id,
  source: 'scheduled-events',
  kind: 'preempt',
  type: 'Preempt',
  status: '',
  isStarted: false,
  description: '',
});

test('an entry that cannot be read hides none of the others, wherever it stands', () => {
  const read = (entry: unknown): Notice | 'over' | undefined =>
    entry === 'over' ? 'over' : typeof entry === 'string' ? notice(entry) : undefined;
  expect(readEntries([null, 'a', 7, 'over', 'b'], read)).toEqual({ notices: [notice('a'), notice('b')], unread: 2 });
  expect(readEntries([], read)).toEqual({ notices: [], unread: 0 });
});

test('a word of the provider is bounded, and what is no text is an empty one', () => {
  expect(wordOf('x'.repeat(200_000))).toBe('x'.repeat(200));
  expect([wordOf('Preempt'), wordOf(7), wordOf(null), wordOf(undefined)]).toEqual(['Preempt', '', '', '']);
});
