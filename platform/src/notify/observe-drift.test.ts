import { expect, test } from 'vitest';
import { DRIFT_FORGOTTEN_MS, DRIFT_KNOWN_MS, observeDrift } from './observe-drift.ts';

const NOW = 10_000_000_000;
const on = (node: string, reason: string): object => ({ node, reason, detail: 'in words' });
const report = (renew: unknown, agoMs = 0): { atMs: number; body: unknown } => ({
  atMs: NOW - agoMs,
  body: { renew, words: { image_old: { words: 'w', cure: 'Upgrade the image of the pool.' } } },
});

test('drift is told by reason, with how many nodes have it and the cure of the first', () => {
  const renew = [on('a', 'image_old'), on('a', 'image_old'), on('b', 'image_old'), on('a', 'kubelet_minor')];
  expect(observeDrift(report(renew), NOW)).toEqual({
    type: 'holds',
    condition: {
      severity: 'warning',
      summary: 'Nodes have drifted and are to be renewed',
      reason: 'image_old on 2 nodes; kubelet_minor on 1 node',
      cure: 'Upgrade the image of the pool.',
    },
  });
});

test('what Kubernetes does not support is critical, and is said first however few nodes have it', () => {
  const f = (reason: string): unknown =>
    observeDrift(report([on('a', 'pool_mixed'), on('b', 'pool_mixed'), on('c', reason)]), NOW);
  const condition = {
    severity: 'critical',
    summary: 'Nodes are of a version that Kubernetes does not support beside this control plane',
    cure: '',
  };
  for (const reason of ['kubelet_newer', 'kubelet_beyond_skew']) {
    const told = `${reason} on 1 node; pool_mixed on 2 nodes`;
    expect(f(reason)).toEqual({ type: 'holds', condition: { ...condition, reason: told } });
  }
  expect(f('kubelet_patch')).toMatchObject({ condition: { severity: 'warning' } });
  // As a newer evictor may say it.
  expect(f('of_tomorrow')).toMatchObject({ condition: { severity: 'warning' } });
});

test('no finding, and a version that cannot be read, are no drift', () => {
  const f = (renew: unknown): string => observeDrift(report(renew), NOW).type;
  expect(f([])).toBe('clear');
  expect(f([on('a', 'unknown')])).toBe('clear');
  expect(f(undefined)).toBe('clear');
  expect(f([null, 'x', {}])).toBe('clear');
});

test('an old report proves nothing, and one that is a week old is of an evictor that was removed', () => {
  const f = (agoMs: number): string => observeDrift(report([on('a', 'image_old')], agoMs), NOW).type;
  expect([f(DRIFT_KNOWN_MS - 1), f(DRIFT_KNOWN_MS), f(DRIFT_FORGOTTEN_MS - 1), f(DRIFT_FORGOTTEN_MS)]).toEqual([
    'holds',
    'unknown',
    'unknown',
    'clear',
  ]);
  expect(observeDrift(undefined, NOW)).toEqual({ type: 'clear' });
  // A clock that was set back.
  expect(f(-60_000)).toBe('holds');
});
