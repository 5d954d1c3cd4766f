import { expect, test } from 'vitest';
import { cutText, wrapLine, wrapText } from './wrap-text.ts';

test('a text is wrapped between words, below where it began', () => {
  const f = (text: string, columns: number | undefined, expected: string[]): void =>
    expect(wrapText(text, { indent: 2, columns })).toEqual(expected);
  f('one two three four five six', 24, ['one two three four', '  five six']);
  f('one two three four five six', undefined, ['one two three four five six']);
  f('', 24, ['']);
  f('abcdefghijklmnopqrstuvwxyz', 24, ['abcdefghijklmnopqrstuv', '  wxyz']);
  f('x abcdefghijklmnopqrstuvwxyz y', 24, ['x', '  abcdefghijklmnopqrstuv', '  wxyz y']);
  // A list or an address that is too long is broken between its parts, while that leaves no line half empty.
  f('KINDS=preempt,terminate,rebalance', 24, ['KINDS=preempt,', '  terminate,rebalance']);
  f('a/cdefghijklmnopqrstuvwxyz', 24, ['a/cdefghijklmnopqrstuv', '  wxyz']);
  // Where the indentation leaves no room a line is longer than the terminal, and nothing loops.
  f('one two three four five six', 5, ['one two three four', '  five six']);
});

test('lines that stand for themselves are wrapped each', () => {
  expect(wrapLine('one two three four five six\nseven', 20)).toBe('one two three four\nfive six\nseven');
  expect(wrapLine('one two three four five six', undefined)).toBe('one two three four five six');
});

test('a text is cut with an ellipsis', () => {
  expect([cutText('abc', 3), cutText('abcd', 3), cutText('abcd', 1), cutText('abcd', 0)]).toEqual([
    'abc',
    'ab…',
    '…',
    '…',
  ]);
});
