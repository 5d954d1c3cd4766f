import { expect, test } from 'vitest';
import type { DeliveryOutcome } from './delivery-outcome.ts';
import { type EndedAttempt, longestWait, planDelivery, restAfter, WAITS_MS } from './plan-delivery.ts';

const NOW = 1_000_000;
const refused = (retryAfterMs = 0, status = 503): DeliveryOutcome => ({ is: 'refused', status, retryAfterMs });
const plan = (more: Partial<EndedAttempt>): ReturnType<typeof planDelivery> =>
  planDelivery({ attempt: 1, outcome: refused(), nowMs: NOW, isEndpointAlive: false, random: 0.5, ...more });
const waitOf = (more: Partial<EndedAttempt>): number => {
  const { next } = plan(more);
  return next.type === 'again' ? next.dueAtMs - NOW : NaN;
};

test('ten attempts are made over three days', () => {
  const minutes = WAITS_MS.map((_, index) => waitOf({ attempt: index + 1 }) / 60_000);
  expect(minutes).toEqual([5 / 60, 5, 30, 120, 300, 600, 840, 1_200, 1_440]);
  expect(plan({ attempt: 10 }).ends).toBe('nothing was taken in 10 attempts, the last: answered 503');
});

test('each wait is spread by a tenth, either way', () => {
  expect([waitOf({ random: 0 }), waitOf({ random: 0.999_999 })]).toEqual([4_500, 5_500]);
  expect(waitOf({ attempt: 9, random: 1 })).toBe(longestWait(9));
});

test('nothing waits longer than its schedule or the longest that a receiver may ask for', () => {
  const minutes = Array.from({ length: 11 }, (_, attempts) => longestWait(attempts) / 60_000);
  expect(minutes).toEqual([0, 11, 11, 33, 132, 330, 660, 924, 1_320, 1_584, 11]);
});

test('a receiver that asks for time gets it, and one that asks for less than the schedule changes nothing', () => {
  expect(waitOf({ outcome: refused(60_000), random: 0 })).toBe(60_000);
  expect(waitOf({ outcome: refused(60_000), random: 0.5 })).toBe(63_000);
  expect(waitOf({ outcome: refused(1_000), random: 0.5 })).toBe(5_000);
  expect(waitOf({ outcome: refused(600_000), attempt: 5, random: 0.5 })).toBe(5 * 3_600_000);
});

test('a receiver that has too much to do is left alone by everything that waits for it', () => {
  const f = (status: number, retryAfterMs = 0): number => restAfter({ is: 'refused', status, retryAfterMs });
  expect([f(429), f(502), f(503), f(504), f(500), f(400)]).toEqual([5_000, 5_000, 5_000, 5_000, 0, 0]);
  expect([f(429, 60_000), f(429, 1_000), f(500, 60_000)]).toEqual([60_000, 5_000, 60_000]);
  expect(restAfter({ is: 'delivered', status: 200 })).toBe(0);
  expect(restAfter({ is: 'failed', why: 'no answer' })).toBe(0);
});

test('what is taken is done, and 410 ends the endpoint at the first word', () => {
  expect(plan({ outcome: { is: 'delivered', status: 200 } })).toEqual({ next: { type: 'done' }, ends: undefined });
  expect(plan({ outcome: { is: 'gone', status: 410 }, isEndpointAlive: true })).toEqual({
    next: { type: 'again', dueAtMs: NOW },
    ends: 'refused for ever with 410',
  });
});

test('after the last attempt the endpoint ends, unless it is the message alone that it does not take', () => {
  const failed: DeliveryOutcome = { is: 'failed', why: 'no answer within 15 s' };
  expect(plan({ attempt: 10, outcome: failed })).toEqual({
    next: { type: 'again', dueAtMs: NOW },
    ends: 'nothing was taken in 10 attempts, the last: no answer within 15 s',
  });
  expect(plan({ attempt: 10, outcome: refused(0, 400), isEndpointAlive: true })).toEqual({
    next: { type: 'drop', reason: 'exhausted' },
    ends: undefined,
  });
  expect(plan({ attempt: 10, outcome: refused(0, 302) }).ends).toContain('answered 302: redirects are not followed');
});
