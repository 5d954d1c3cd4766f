import { expect, test } from 'vitest';
import type { Observation } from './condition.ts';
import { observeDaemonSets } from './observe-daemon-sets.ts';

const set = (name: string, desiredNumberScheduled: number, numberReady?: number): unknown => ({
  metadata: { name, namespace: 'castai-agent' },
  status: { desiredNumberScheduled, ...(numberReady === undefined ? {} : { numberReady }) },
});
const brief = (observation: Observation): string =>
  observation.type === 'holds'
    ? `${observation.condition.severity}: ${observation.condition.reason}`
    : observation.type;

test('a share of nodes without a ready pod is trouble, and worse when no node has one', () => {
  const f = (...objects: unknown[]): string => brief(observeDaemonSets(objects));
  expect(f()).toBe('clear');
  expect(f(set('castai-spot-handler', 3, 3))).toBe('clear');
  expect(f(set('castai-spot-handler', 3, 2))).toBe(
    'warning: castai-agent/castai-spot-handler is ready on 2 of 3 nodes',
  );
  expect(f(set('castai-spot-handler', 100, 99))).toBe('clear');
  expect(f(set('castai-spot-handler', 100, 98))).toBe(
    'warning: castai-agent/castai-spot-handler is ready on 98 of 100 nodes',
  );
  expect(f(set('castai-aks-init-data', 3))).toBe(
    'critical: castai-agent/castai-aks-init-data is ready on 0 of 3 nodes',
  );
  expect(f(set('shop-aks-init-data', 1), set('castai-spot-handler', 2, 1))).toBe(
    'critical: castai-agent/castai-spot-handler is ready on 1 of 2 nodes; castai-agent/shop-aks-init-data is ready on 0 of 1 nodes',
  );
});

test('it is about programs of ours, that are wanted somewhere', () => {
  const f = (object: unknown): string => brief(observeDaemonSets([object]));
  expect(f(set('kube-proxy', 3))).toBe('clear');
  expect(f(set('notaspot-handler', 3))).toBe('clear');
  expect(f(set('spot-handler', 3))).toContain('critical');
  // A cluster without spot machines wants none.
  expect(f(set('castai-spot-handler', 0))).toBe('clear');
  expect(f({})).toBe('clear');
  expect(f(null)).toBe('clear');
});

test('what is not known is neither there nor over', () => {
  expect(observeDaemonSets(undefined)).toEqual({ type: 'unknown' });
});
