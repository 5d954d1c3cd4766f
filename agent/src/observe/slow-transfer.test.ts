import { expect, it } from 'vitest';
import { slowTransfer } from './slow-transfer.ts';

const NOW_MS = 1_000_000;
const f = (forMs: number, sizes: { bytes: number; waitedMs: number }, expected: string | undefined): void => {
  expect(slowTransfer({ startedAtMs: NOW_MS - forMs, ...sizes }, NOW_MS)).toBe(expected);
};

it('is a full snapshot of which for most of more than a minute more was at hand than was taken', () => {
  f(61_000, { bytes: 3_904_000, waitedMs: 60_000 }, 'a full snapshot is taken at 64 kB/s: 3.9 MB in 61 s');
  f(600_000, { bytes: 0, waitedMs: 600_000 }, 'a full snapshot is taken at 0 kB/s: 0.0 MB in 600 s');
  f(120_000, { bytes: 9_000_000, waitedMs: 60_000 }, 'a full snapshot is taken at 75 kB/s: 9.0 MB in 120 s');
});

it('is none that is young, that waits for the API server, or that there is not', () => {
  f(60_000, { bytes: 1_000, waitedMs: 60_000 }, undefined);
  f(120_000, { bytes: 9_000_000, waitedMs: 59_000 }, undefined);
  expect(slowTransfer(undefined, NOW_MS)).toBe(undefined);
});
