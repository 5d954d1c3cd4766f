import { expect, it } from 'vitest';
import { triggerPolicy } from './trigger-policy.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

it('spreads the pods of a pool over an hour, or over one per cent of a short period', () => {
  const f = (periodMs: number, random: number, expected: number): void =>
    expect(triggerPolicy({ periodMs, sendOnLivePatch: true }, () => random)).toEqual({
      periodMs: expected,
      sendOnLivePatch: true,
      refusedPauseMs: 24 * HOUR,
      keyChangePauseMs: HOUR,
      youngerFirstMs: 30 * MINUTE,
    });
  f(720 * HOUR, 0, 720 * HOUR);
  f(720 * HOUR, 1, 721 * HOUR);
  f(HOUR, 1, HOUR + 36_000);
});
