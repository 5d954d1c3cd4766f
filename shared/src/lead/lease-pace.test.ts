import { expect, it } from 'vitest';
import { type LeasePace, QUICK_PACE, QUIET_PACE, RETRY_MS, SPREAD_MS } from './lease-pace.ts';

/** How long a request for a lease may take; see `lease-calls.ts`. */
const REQUEST_MS = 4_000;

/** When, after a renewal was sent, the last of so many lost requests in a row has been given up. */
const lostFor = ({ renewMs }: LeasePace, lost: number): number =>
  renewMs + SPREAD_MS + lost * (REQUEST_MS + RETRY_MS + SPREAD_MS);

it('a leader stops before others may begin, and one lost renewal is no end of its term', () => {
  for (const pace of [QUICK_PACE, QUIET_PACE]) {
    expect(pace.deadlineMs).toBeLessThan(pace.durationMs);
    expect(lostFor(pace, 1)).toBeLessThanOrEqual(pace.deadlineMs);
  }
  expect(lostFor(QUIET_PACE, 2)).toBeLessThanOrEqual(QUIET_PACE.deadlineMs);
});

it('a quiet lease costs at most two requests a minute', () => {
  expect(60_000 / QUIET_PACE.renewMs).toBeLessThanOrEqual(2);
});
