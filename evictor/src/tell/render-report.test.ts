import { expect, test } from 'vitest';
import { SAMPLE_REPORT } from '../testing/sample-report.ts';
import { renderReport } from './render-report.ts';

const NOW = Date.parse('2026-06-01T12:00:12Z');
const PIPE = { isTerminal: false, columns: undefined, hasColour: false };
const terminal = (columns: number) => ({ isTerminal: true, columns, hasColour: false });

test('through a pipe each thing is one line', () => {
  expect(renderReport(SAMPLE_REPORT, NOW, PIPE)).toBe(`2 of 5 nodes could go: 12.5 cores and 48 GiB
  money: 1.50 EUR an hour, 1,095 a month
  looked at 12 s ago, within 31 ms: 5 nodes, 1,727 pods, control plane v1.37.2

Nodes that could go
  aks-blue-1: 3 pods, as to aks-blue-2 (2), aks-blue-3
  aks-green-9: nothing has to move

Nodes that stay
  local_storage: 1 node, aks-blue-2
    A pod uses a folder of its node.
    → Mark it disposable where that folder holds nothing of value.
  pdb_no_budget: 1 node, aks-blue-2
    A disruption budget allows no further disruption.
    → See the budgets in this report: some can never be met.
  young_node: 1 node, aks-blue-3
    The node is younger than the grace period.
    → Wait, or shorten NODE_GRACE_PERIOD_MINUTES.

Pools
  blue, 4 nodes: 1 kubelet_minor
  kubelet_minor
    The kubelet is of an older minor version than the control plane.
    → Upgrade the pool.

Maintenance windows
  node_os: opens in 5 d 10 h, at 2026-06-06T22:00:00.000Z

Disruption budgets
  shop/db: never_satisfiable: minAvailable 2 means 2 of 2 pods
    It allows no disruption even while all of its pods are healthy.
    → Lower minAvailable or raise maxUnavailable, or add a replica.
`);
});

test.each([40, 60, 80, 200])('no line is longer than a terminal of %i columns', (columns) => {
  const lines = renderReport(SAMPLE_REPORT, NOW, terminal(columns)).split('\n');
  expect(lines.filter((line) => line.length > columns)).toEqual([]);
  expect(lines.length).toBeGreaterThan(20);
});

test('a terminal shows ten rows of a list and a pipe all of them', () => {
  const removable = Array.from({ length: 12 }, (_, index) => ({ node: `n-${String(index)}`, moves: [] }));
  const report = { ...SAMPLE_REPORT, removable, blocked: [], pools: [], budgets: [], renew: [] };
  const shown = (text: string): number =>
    text.split('\n').filter((line) => line.includes('nothing has to move')).length;
  const onScreen = renderReport(report, NOW, terminal(80));
  expect(shown(onScreen)).toBe(10);
  expect(onScreen).toContain('  and 2 more; --json has all');
  expect(shown(renderReport(report, NOW, PIPE))).toBe(12);
});

test('what there was no time for is told, and the nodes that could go are the least that can', () => {
  const report = { ...SAMPLE_REPORT, notLookedAt: 1234 };
  expect(renderReport(report, NOW, PIPE).split('\n').slice(0, 3)).toEqual([
    'at least 2 of 5 nodes could go: 12.5 cores and 48 GiB',
    '  money: 1.50 EUR an hour, 1,095 a month',
    '  no time yet to look at 1,234 nodes',
  ]);
});

test('a cluster of which all is well says so, and what was not asked for is not told', () => {
  const [, green] = SAMPLE_REPORT.pools;
  const nothing = { ...SAMPLE_REPORT, removable: [], blocked: [], renew: [], budgets: [], windows: [], reasons: {} };
  const report = { ...nothing, pools: green === undefined ? [] : [green], pods: 1, controlPlane: '' };
  expect(renderReport(report, NOW, PIPE)).toBe(`0 of 5 nodes could go
  looked at 12 s ago, within 31 ms: 5 nodes, 1 pod

Pools
  the one pool is as it should be
`);
});

test('what somebody named a node or a pod cannot command a terminal', () => {
  const evil = 'n\u001b[2J';
  const report = {
    ...SAMPLE_REPORT,
    removable: [{ node: evil, moves: [{ pod: evil, to: evil }] }],
    blocked: [{ node: evil, blockers: [{ reason: 'young_node', detail: evil }] }],
    budgets: [{ budget: evil, reason: 'overlap', detail: evil }],
    pools: SAMPLE_REPORT.pools.map((pool) => ({ ...pool, pool: evil })),
  };
  expect(renderReport(report, NOW, terminal(80))).not.toContain('\u001b');
});
