import { expect, test } from 'vitest';
import type { Observation } from './condition.ts';
import { BURST_MS, FORGOTTEN_MS, observeInitData, observeInterruptions, STALE_MS } from './observe-reports.ts';

const NOW = 10_000_000_000;
const reason = (observation: Observation): string =>
  observation.type === 'holds' ? observation.condition.reason : observation.type;
const taken = (providerId: string, agoMs = 0): { atMs: number; body: unknown } => ({
  atMs: NOW - agoMs,
  body: { event_type: 'interrupted', provider_id: providerId },
});

test('three machines within ten minutes are a burst, three reports of one are none', () => {
  const f = (...events: { atMs: number; body: unknown }[]): string => reason(observeInterruptions(events, NOW));
  expect(f()).toBe('clear');
  expect(f(taken('a'), taken('a'), taken('a'), taken('b'))).toBe('clear');
  expect(f(taken('a'), taken('b', 1), taken('c', BURST_MS - 1))).toBe('3 machines within 10 minutes');
  expect(f(taken('a'), taken('b'), taken('c', BURST_MS))).toBe('clear');
});

test('advice is no interruption, and a machine is known by either id in either spelling', () => {
  const f = (...bodies: unknown[]): string =>
    reason(
      observeInterruptions(
        bodies.map((body) => ({ atMs: NOW, body })),
        NOW,
      ),
    );
  const advice = { eventType: 'rebalanceRecommendation', providerId: 'd' };
  expect(
    f(advice, { eventType: 'interrupted', providerId: 'a' }, { event_type: 'interrupted', node_id: 'b' }, {}, null),
  ).toBe('clear');
  expect(
    f(
      { eventType: 'interrupted', providerId: 'a' },
      { event_type: 'interrupted', node_id: 'b' },
      { eventType: 'interrupted', nodeId: 'c', provider_id: '' },
    ),
  ).toBe('3 machines within 10 minutes');
});

const delivery = (agentPool: string, ageMs: number): { atMs: number; body: unknown } => ({
  atMs: NOW - ageMs,
  body: { agentPool },
});

test('the newest delivery of a pool says whether its data is stale, and a pool that is long gone says nothing', () => {
  const f = (...deliveries: { atMs: number; body: unknown }[]): string => reason(observeInitData(deliveries, NOW));
  expect(f()).toBe('clear');
  expect(f(delivery('system', STALE_MS - 1))).toBe('clear');
  expect(f(delivery('system', STALE_MS))).toBe('not renewed for 35 days: system');
  expect(f(delivery('system', 5), delivery('system', STALE_MS + 5))).toBe('clear');
  expect(f(delivery('system', STALE_MS + 5), delivery('user', 5), delivery('gpu', STALE_MS))).toBe(
    'not renewed for 35 days: gpu, system',
  );
  expect(f(delivery('gone', FORGOTTEN_MS))).toBe('clear');
  expect(f({ atMs: NOW - STALE_MS, body: null })).toBe('not renewed for 35 days: a pool without a name');
});
