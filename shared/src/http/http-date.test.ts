import { expect, it } from 'vitest';
import { parseHttpDate } from './http-date.ts';

it('reads the three forms of an HTTP date, and nothing else', () => {
  const atMs = Date.UTC(2026, 10, 21, 6, 0, 30);
  const f = (input: string, expected: number | undefined): void =>
    expect([input, parseHttpDate(input)]).toEqual([input, expected]);
  f('Sat, 21 Nov 2026 06:00:30 GMT', atMs);
  f('Saturday, 21-Nov-26 06:00:30 GMT', atMs);
  f('Sat Nov 21 06:00:30 2026', atMs);
  f('Sun Nov  1 06:00:30 2026', Date.UTC(2026, 10, 1, 6, 0, 30));
  f('Sat, 99 Nov 2026 06:00:30 GMT', undefined);
  f('2026-11-21T06:00:30Z', undefined);
  f('-5', undefined);
  f('', undefined);
});
