import { expect, test } from 'vitest';
import { HELP } from './demo-options.ts';
import { fitText } from './fit-text.ts';

test('a line is broken between words and goes on below its text', () => {
  const f = (text: string, columns: number, expected: string): void => expect(fitText(text, columns)).toBe(expected);
  f('agent      one two three four five six', 31, 'agent      one two three four\n           five six');
  f('init data  one two three four five six', 31, 'init data  one two three four\n           five six');
  f('  --wire W  one two three four five six', 32, '  --wire W  one two three four\n            five six');
  f('    one two three four five six', 24, '    one two three four\n    five six');
  f('one two three four five six\nseven', 20, 'one two three four\nfive six\nseven');
  f('short', 20, 'short');
});

test('an address stays whole, and a line loses no word', () => {
  const address = `http://127.0.0.1:8080/?view=evictor&cluster=${'0'.repeat(36)}`;
  expect(fitText(`           why and where to: ${address}`, 60)).toBe(
    `           why and where to:\n           ${address}`,
  );
  expect(fitText(address, 20)).toBe(address);
});

test.each([40, 60, 80, 200])('the help fits a terminal of %i columns', (columns) => {
  const fitted = fitText(HELP, columns);
  expect(fitted.split('\n').filter((line) => line.length > columns)).toEqual([]);
  expect(fitted.split(/\s+/u)).toEqual(HELP.split(/\s+/u));
});
