import { describe, expect, it } from 'vitest';
import { type SendSituation, sendDueAt } from './send-due.ts';

const idle: SendSituation = {
  nowMs: 10_000,
  pendingBytes: 0,
  firstPendingAtMs: undefined,
  lastSentAtMs: 9_000,
  limits: { maxBatchBytes: 8 << 20, heartbeatMs: 15_000, minBatchIntervalMs: 0 },
};

describe('the moment of the next batch', () => {
  const f = (change: Partial<SendSituation>, expected: number): void => {
    expect(sendDueAt({ ...idle, ...change })).toBe(expected);
  };

  it('is the heartbeat when nothing waits', () => {
    f({}, 24_000);
  });

  it('is a quarter of a second after the first entry', () => {
    f({ pendingBytes: 100, firstPendingAtMs: 9_900 }, 10_150);
  });

  it('is now when 256 KiB wait', () => {
    f({ pendingBytes: 256 * 1024, firstPendingAtMs: 9_999 }, 10_000);
  });

  it('is never faster than the platform allows', () => {
    f(
      { pendingBytes: 1 << 20, firstPendingAtMs: 9_999, limits: { ...idle.limits, minBatchIntervalMs: 5_000 } },
      14_000,
    );
  });

  it('is the heartbeat when that comes before the end of the delay', () => {
    f({ pendingBytes: 1, firstPendingAtMs: 23_900, nowMs: 23_950 }, 24_000);
  });
});
