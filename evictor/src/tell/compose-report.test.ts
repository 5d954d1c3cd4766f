import { expect, test } from 'vitest';
import type { FullReport } from '../report/report.ts';
import { node, pod, replicaSet } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import { composeReport } from './compose-report.ts';

const state = stateOf([
  replicaSet('web', 2),
  node('a', { labels: { agentpool: 'secret-pool' } }),
  node('b'),
  pod('web-1', 'a'),
]);
const [a, b] = state.nodes;
const [web] = state.pods;
if (a === undefined || b === undefined || web === undefined) throw new Error('the sample is empty');

const FOUND: FullReport = {
  atMs: Date.parse('2026-11-29T10:00:00Z'),
  tookMs: 12,
  nodeCount: 2,
  podCount: 1,
  controlPlane: 'v1.37.2',
  removal: {
    removable: [{ node: a, moves: [{ pod: web, to: 'b' }] }],
    blocked: [
      {
        node: b,
        blockers: [
          { code: 'volume_unknown', pod: 'shop/db-0', detail: 'claim shop/data-db-0' },
          { code: 'removal_disabled', pod: '', detail: 'autoscaling.cast.ai/removal-disabled' },
        ],
      },
    ],
    saved: { cpu: 4_000, memory: 16 * 2 ** 30 },
  },
  drift: [
    { node: 'b', pool: 'secret-pool', reason: 'kubelet_minor', detail: 'kubelet v1.36.0, control plane v1.37.2' },
  ],
  pools: [],
  cost: undefined,
  windows: [],
  budgets: [{ code: 'stale', namespace: 'shop', name: 'web', detail: '' }],
};

test('names, amounts and words leave; no pool, no label, no budget', () => {
  const told = composeReport(FOUND, { skipNamespaces: new Set() });
  expect(told).toEqual({
    at: '2026-11-29T10:00:00.000Z',
    nodes: 2,
    pods: 1,
    controlPlane: 'v1.37.2',
    saved: { cores: 4, gibibytes: 16 },
    removable: [{ node: 'a', moves: [{ pod: 'shop/web-1', to: 'b' }] }],
    blocked: [
      {
        node: 'b',
        blockers: [
          { reason: 'volume_unknown', pod: 'shop/db-0', detail: 'claim shop/data-db-0' },
          { reason: 'removal_disabled', pod: '', detail: 'autoscaling.cast.ai/removal-disabled' },
        ],
      },
    ],
    renew: [{ node: 'b', reason: 'kubelet_minor', detail: 'kubelet v1.36.0, control plane v1.37.2' }],
    words: {
      removal_disabled: { words: 'The node is marked to stay.', cure: 'Take the mark off the node when it may go.' },
      volume_unknown: {
        words: "A pod's claim or volume is missing, not bound yet, being deleted, or used from another node.",
        cure: 'See the detail.',
      },
      kubelet_minor: {
        words: 'The kubelet is of an older minor version than the control plane.',
        cure: 'Upgrade the pool.',
      },
    },
    leftOut: { moves: 0, blockers: 0, nodes: 0 },
  });
  expect(JSON.stringify(told)).not.toContain('secret-pool');
});

test('of namespaces that stay in, no pod is named, and no detail is told', () => {
  const { removable, blocked } = composeReport(FOUND, { skipNamespaces: new Set(['shop']) });
  expect(removable).toEqual([{ node: 'a', moves: [{ pod: '', to: 'b' }] }]);
  expect(blocked[0]?.blockers).toEqual([
    { reason: 'volume_unknown', pod: '', detail: '' },
    { reason: 'removal_disabled', pod: '', detail: 'autoscaling.cast.ai/removal-disabled' },
  ]);
});

test('however much there is, the body is bounded, names come before details, and what is left out is counted', () => {
  const moves = Array.from({ length: 80 }, () => ({ pod: web, to: 'b' }));
  const many = Array.from({ length: 400 }, () => ({ node: a, moves }));
  const report: FullReport = { ...FOUND, drift: [], removal: { removable: many, blocked: [], saved: {} } };
  for (const mostBytes of [40_000, 100_000, 1_000_000]) {
    const told = composeReport(report, { skipNamespaces: new Set(), mostBytes });
    expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThanOrEqual(mostBytes);
    const named = told.removable.flatMap((one) => one.moves).length;
    const left = told.removable.length * 80 - named;
    expect([told.leftOut.nodes, told.leftOut.moves]).toEqual([400 - told.removable.length, left]);
    expect(left).toBeGreaterThan(0);
  }
});

test('what was not asked for is empty', () => {
  const told = composeReport(
    { ...FOUND, removal: undefined, drift: undefined, controlPlane: undefined },
    { skipNamespaces: new Set() },
  );
  expect([told.removable, told.blocked, told.renew, told.words, told.saved, told.controlPlane]).toEqual([
    [],
    [],
    [],
    {},
    { cores: 0, gibibytes: 0 },
    '',
  ]);
});
