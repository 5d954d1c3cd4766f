import { expect, test } from 'vitest';
import { type DriftMemory, NO_MEMORY } from '../judge/drift-memory.ts';
import { TermNote } from './term-note.ts';

const clock = { now: () => 1_000_000_000 };
const MEMORY: DriftMemory = { controlPlane: 'v1.37.2', mixedSinceMs: new Map([['spot', 900_000_000]]), windows: [] };

test('who leads next recalls what the holder before remembered, and goes on writing it until it knows better', () => {
  const [first, second] = [new TermNote('a', clock), new TermNote('b', clock)];
  expect([first.recall(), first.text]).toEqual([NO_MEMORY, '']);
  first.remember(MEMORY);
  second.onRead(first.text, 'a');
  expect([second.recall(), second.text]).toEqual([MEMORY, first.text]);
  second.remember(NO_MEMORY);
  expect(second.recall()).toEqual(NO_MEMORY);
});

test('what stands in a lease that is held by oneself is older than what one remembers', () => {
  const note = new TermNote('a', clock);
  note.remember(MEMORY);
  note.onRead('', 'a');
  expect(note.recall()).toEqual(MEMORY);
  note.onRead('', 'b');
  expect(note.recall()).toEqual(NO_MEMORY);
});
