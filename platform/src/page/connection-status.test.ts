import { expect, test } from 'vitest';
import { connectionStatus } from './connection-status.ts';

test('the status follows the newest sign of life', () => {
  const f = (openedAtMs: number | undefined, lastBatchAtMs: number | undefined, nowMs: number) =>
    connectionStatus({ openedAtMs, lastBatchAtMs }, 15_000, nowMs);
  expect(f(undefined, undefined, 9e9)).toBe('waiting');
  expect(f(1_000, undefined, 2_000)).toBe('connected');
  expect(f(1_000, 900_000, 915_000)).toBe('connected');
  expect(f(1_000, 900_000, 937_500)).toBe('connected');
  expect(f(1_000, 900_000, 937_501)).toBe('late');
  expect(f(1_000, 900_000, 1_199_999)).toBe('late');
  expect(f(1_000, 900_000, 1_200_000)).toBe('disconnected');
  const seldom = (silentMs: number, heartbeatMs = 300_000) =>
    connectionStatus({ openedAtMs: 0, lastBatchAtMs: 1_000 }, heartbeatMs, 1_000 + silentMs);
  expect([750_000, 750_001, 1_199_999, 1_200_000].map((ms) => seldom(ms))).toEqual([
    'connected',
    'late',
    'late',
    'disconnected',
  ]);
  // No agent is silent for an hour, whatever it is told.
  expect(seldom(1_200_000, 3_600_000)).toBe('disconnected');
  // A new session of a cluster that was silent for long.
  expect(f(5_000_000, 900_000, 5_000_100)).toBe('connected');
});
