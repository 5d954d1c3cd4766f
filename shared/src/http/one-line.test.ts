import { expect, it } from 'vitest';
import { toOneLine } from './one-line.ts';

it('cuts a text to one printable line of 300 characters', () => {
  expect(toOneLine(`a\r\nb\u2028${'x'.repeat(1_000)}`)).toBe(`a b ${'x'.repeat(295)}…`);
});
