import { expect, test } from 'vitest';
import { REASONS } from '../simulate/reason.ts';
import { SAMPLE_REPORT } from '../testing/sample-report.ts';
import { explainNode } from './explain-node.ts';
import { renderExplanation } from './render-explanation.ts';

const NOW = Date.parse('2026-06-01T12:00:12Z');
const PIPE = { isTerminal: false, columns: undefined, hasColour: false };

function shown(name: string, terminal = PIPE as Parameters<typeof renderExplanation>[2]): string {
  const found = explainNode(SAMPLE_REPORT, name);
  return typeof found === 'string' ? found : renderExplanation(found, NOW, terminal);
}

test('a node that stays is told with every blocker, those that are alike together, and with the budgets that are to blame', () => {
  expect(shown('aks-blue-2')).toBe(`✗ aks-blue-2 stays, for 2 reasons, and should be renewed
  looked at 12 s ago

What keeps it
  pdb_no_budget: shop/db allows 0, and this is one more
    shop/db-0, shop/db-1
    A disruption budget allows no further disruption.
    → See the budgets in this report: some can never be met.
  local_storage: volume data
    shop/cache-0
    A pod uses a folder of its node.
    → Mark it disposable where that folder holds nothing of value.

Why it should be renewed
  kubelet_minor: kubelet v1.36.1, control plane v1.37.2
    The kubelet is of an older minor version than the control plane.
    → Upgrade the pool.

Budgets that something is wrong with
  shop/db: never_satisfiable
`);
});

test('a node that could go is told with a place for each of its pods', () => {
  expect(shown('aks-blue-1')).toBe(`✓ aks-blue-1 could go: 3 pods would move
  looked at 12 s ago

One way in which its pods find places
  shop/web-1 → aks-blue-2
  shop/web-2 → aks-blue-2
  shop/job-1 → aks-blue-3
`);
  expect(shown('aks-green-9')).toBe('✓ aks-green-9 could go: nothing has to move\n  looked at 12 s ago\n');
});

test('of a node that there was no time for nothing is claimed', () => {
  const blocked = [{ node: 'aks-blue-2', blockers: [{ reason: 'not_looked_at', detail: '' }] }];
  const found = explainNode(
    { ...SAMPLE_REPORT, blocked, reasons: { not_looked_at: REASONS.not_looked_at } },
    'aks-blue-2',
  );
  expect(found).toMatchObject({ canGo: null });
  expect(typeof found === 'string' ? found : renderExplanation({ ...found, renew: [] }, NOW, PIPE))
    .toBe(`! aks-blue-2 was not looked at yet
  looked at 12 s ago

Why it is not known whether it could go
  not_looked_at
    Time was up before this node was looked at.
    → Nothing to do: the next passes come to it. PASS_SECONDS says how long one takes.
`);
});

test('where nobody looks for nodes that could go only what is wrong with one is told', () => {
  const report = { ...SAMPLE_REPORT, removable: [], blocked: [] };
  expect(explainNode(report, 'aks-blue-2')).toMatchObject({
    canGo: null,
    stays: [],
    renew: [{ reason: 'kubelet_minor' }],
  });
  expect(explainNode(report, 'other')).toContain('nobody looks for nodes that could go');
});

test('a node that is not known is said to be unknown, with the one that may be meant', () => {
  expect(explainNode(SAMPLE_REPORT, 'aks-blu-1')).toBe('the report knows no node aks-blu-1: did you mean aks-blue-1?');
  expect(explainNode(SAMPLE_REPORT, 'other')).toBe(
    'the report knows no node other: it may be newer than the look of 2026-06-01T12:00:00.000Z',
  );
});

test.each([40, 60, 80, 200])('no line is longer than a terminal of %i columns', (columns) => {
  const lines = shown('aks-blue-2', { isTerminal: true, columns, hasColour: false }).split('\n');
  expect(lines.filter((line) => line.length > columns)).toEqual([]);
});
