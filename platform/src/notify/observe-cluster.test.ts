import { expect, test } from 'vitest';
import type { AgentHealth } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Observation } from './condition.ts';
import { observeAgent, observeConnection, observeContinuity } from './observe-cluster.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 1, 12);
const times = { nowMs: NOW, heartbeatMs: 15 * SECOND, listeningSinceMs: NOW - 60 * MINUTE };
const heard = (agoMs: number, stopReason = ''): { openedAtMs: number; lastBatchAtMs: number; stopReason: string } => ({
  openedAtMs: NOW - 50 * MINUTE,
  lastBatchAtMs: NOW - agoMs,
  stopReason,
});
const brief = (observation: Observation): string =>
  observation.type === 'holds' ? observation.condition.severity : observation.type;

test('an agent that is silent is late, then gone, and one that ended in good order is neither', () => {
  const f = (agoMs: number, stopReason = ''): string => brief(observeConnection(heard(agoMs, stopReason), times));
  expect(f(15 * SECOND)).toBe('clear');
  expect(f(38 * SECOND)).toBe('warning');
  expect(f(5 * MINUTE)).toBe('critical');
  expect(f(5 * MINUTE, 'SIGTERM')).toBe('clear');
  const never = { openedAtMs: undefined, lastBatchAtMs: undefined, stopReason: '' };
  expect(brief(observeConnection(never, times))).toBe('clear');
});

test('it says when it was last heard of', () => {
  expect(observeConnection(heard(5 * MINUTE), times)).toMatchObject({
    condition: { reason: 'last heard of at 2026-01-01T11:55:00.000Z' },
  });
});

test('silence while the platform itself was away proves nothing, until an agent had the time to be heard', () => {
  const f = (sinceStartMs: number): string =>
    brief(observeConnection(heard(30 * MINUTE), { ...times, listeningSinceMs: NOW - sinceStartMs }));
  expect(f(0)).toBe('unknown');
  expect(f(37 * SECOND)).toBe('unknown');
  expect(f(38 * SECOND)).toBe('warning');
  expect(f(5 * MINUTE)).toBe('critical');
  const anHour = { ...times, heartbeatMs: 60 * MINUTE };
  expect(brief(observeConnection(heard(30 * MINUTE), { ...anHour, listeningSinceMs: NOW - 4 * MINUTE }))).toBe(
    'unknown',
  );
  expect(brief(observeConnection(heard(SECOND), { ...times, listeningSinceMs: NOW - 2 * SECOND }))).toBe('clear');
});

const health = (state: AgentHealth['state'], cause = 'platform'): AgentHealth => ({
  state,
  cause,
  reason: 'The platform does not answer',
  sinceMs: 1,
});

test('what the agent says of itself counts while it is there', () => {
  const f = (state: AgentHealth['state'], agoMs: number, stopReason = ''): string =>
    brief(observeAgent({ ...heard(agoMs, stopReason), health: health(state) }, times));
  expect(f('ok', SECOND)).toBe('clear');
  expect(f('degraded', SECOND)).toBe('warning');
  expect(f('blocked', SECOND)).toBe('critical');
  // It fell silent: it may have come right, or not.
  expect(f('blocked', MINUTE)).toBe('unknown');
  expect(f('ok', 10 * MINUTE)).toBe('unknown');
  expect(f('blocked', 10 * MINUTE, 'uninstalled')).toBe('clear');
  expect(brief(observeAgent({ ...heard(SECOND), health: undefined }, times))).toBe('clear');
  expect(brief(observeAgent({ ...heard(SECOND), health: health('degraded', 'starting') }, times))).toBe('clear');
});

test('its own words say why', () => {
  expect(observeAgent({ ...heard(SECOND), health: health('blocked') }, times)).toEqual({
    type: 'holds',
    condition: {
      severity: 'critical',
      summary: 'The agent cannot work: platform',
      reason: 'The platform does not answer',
      cure: 'Run `doctor` in the agent’s pod, or look at its `/statusz`: both say what to do.',
    },
  });
});

test('what is received and not processed is the platform’s trouble', () => {
  expect(brief(observeContinuity({ receivedTotal: 7, processedTotal: 7 }))).toBe('clear');
  // As after a restored backup.
  expect(brief(observeContinuity({ receivedTotal: 7, processedTotal: 8 }))).toBe('clear');
  expect(observeContinuity({ receivedTotal: 9, processedTotal: 7 })).toMatchObject({
    condition: { severity: 'critical', reason: '2 batches wait' },
  });
});
