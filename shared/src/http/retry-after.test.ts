import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

describe('retry-after', () => {
  const nowMs = Date.UTC(2026, 10, 21, 6, 0, 0);

  it('reads seconds and the three forms of an HTTP date, clamps to 0 … 10 min, and ignores anything else (C32, C62)', () => {
    const f = (input: string | undefined, expected: number | undefined): void => {
      expect([input, parseRetryAfter(input, nowMs)]).toEqual([input, expected]);
    };
    f(undefined, undefined);
    f('', undefined);
    f('0', 0);
    f('7', 7_000);
    f(' 7 ', 7_000);
    f('0.5', 500);
    f('600', 600_000);
    f('601', 600_000);
    f('1000000000', 600_000);
    f('9'.repeat(400), 600_000);
    f('Sat, 21 Nov 2026 06:00:30 GMT', 30_000);
    f('Saturday, 21-Nov-26 06:00:30 GMT', 30_000);
    f('Sat Nov 21 06:00:30 2026', 30_000);
    f('Sun Nov  1 06:00:30 2026', 0);
    f('Sat, 21 Nov 2026 05:59:00 GMT', 0);
    f('Sat, 21 Nov 2099 06:00:00 GMT', 600_000);
    f('Sat, 99 Nov 2026 06:00:30 GMT', undefined);
    f('-5', undefined);
    f('1e9', undefined);
    f('soon', undefined);
    f('2026-11-21T06:00:30Z', undefined);
    f('7, 9', undefined);
  });
});
