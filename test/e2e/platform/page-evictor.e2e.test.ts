/** Which nodes could go and which must be renewed, on the page in a real browser. */
import { systemClock } from '@castai/shared/async/clock.ts';
import type { EvictorReport } from '@castai/shared/wire/evictor/evictor-report.ts';
import { expect, test } from 'vitest';
import { begin, end, type HandAgent, upsert } from '../../platform-rig/hand-agent.ts';
import { usePlatform } from '../../platform-rig/use-platform.ts';
import { usePageInBrowser } from '../../stages/platform/page-in-browser.ts';

const platform = usePlatform({ clock: systemClock });
const { show, shows, text } = usePageInBrowser(platform);

const NODES = 3_000;
/** As long as those of a scale set are. */
const name = (index: number): string => `aks-pool1-31415926-vmss00${String(index).padStart(4, '0')}`;

/** 3,000 nodes: of ten one could go, one must be renewed, and the others stay. */
const REPORT: EvictorReport = {
  at: new Date().toISOString(),
  nodes: NODES,
  pods: 90_000,
  controlPlane: 'v1.37.2',
  saved: { cores: 1_200, gibibytes: 4_800 },
  removable: Array.from({ length: NODES / 10 }, (_, index) => ({
    node: name(index * 10),
    moves: [
      { pod: `shop/web-${index}`, to: name(index * 10 + 1) },
      { pod: `shop/cart-${index}`, to: name(index * 10 + 2) },
    ],
  })),
  blocked: Array.from({ length: NODES }, (_, index) => index)
    .filter((index) => index % 10 !== 0)
    .map((index) => ({
      node: name(index),
      blockers: [{ reason: 'pdb_no_budget', pod: `shop/db-${index}`, detail: 'shop/db allows 0' }],
    })),
  renew: Array.from({ length: NODES / 10 }, (_, index) => ({
    node: name(index * 10 + 1),
    reason: 'kubelet_minor',
    detail: 'kubelet v1.36.0, control plane v1.37.2',
  })),
  words: {
    pdb_no_budget: { words: 'A disruption budget allows no further disruption.', cure: 'See the budgets.' },
    kubelet_minor: { words: 'The kubelet is of an older minor version.', cure: 'Upgrade the pool.' },
  },
  leftOut: { moves: 0, blockers: 7, nodes: 0 },
};

const node = (nodeName: string) =>
  upsert(nodeName, {
    feedId: 2,
    namespace: '',
    json: { metadata: { name: nodeName }, status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } } },
  });

/** Reasons that take two lines, and names that end in an ellipsis. */
const BROKEN = `[
  ...[...document.querySelectorAll('.security-table code')].filter((one) => one.getClientRects().length > 1),
  ...[...document.querySelectorAll('.list .name')].filter((one) => one.scrollWidth > one.clientWidth),
].map((one) => one.textContent)`;

async function cluster(): Promise<HandAgent> {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(2), node(name(0)), node(name(1)), end(2, '200', 2)]);
  return agent;
}

async function tell(agent: HandAgent, report: EvictorReport): Promise<number> {
  const path = `/v1/kubernetes/external-clusters/${agent.cluster}/evictor-report`;
  return (await agent.post(path, JSON.stringify(report))).status;
}

test.each([
  { width: 1280, colorScheme: 'light' as const },
  { width: 400, colorScheme: 'dark' as const },
])('of thousands of nodes those in sight are made, with reasons and moves, $width wide, $colorScheme', async (look) => {
  const agent = await cluster();
  expect(await tell(agent, REPORT)).toBe(200);
  const page = await show(`/?view=evictor&cluster=${agent.cluster}`, look);
  await shows('.evictor-going-card h3 .muted', '300');
  await shows('.evictor-renew-card h3 .muted', '300');
  await shows('.evictor-staying-card h3 .muted', '2,700');
  await shows('.evictor-going tbody tr:not(.spacer) .name', name(0));
  expect(await text('.evictor-going tbody tr:not(.spacer) .why')).toBe(
    `shop/web-0 → ${name(1)}, shop/cart-0 → ${name(2)}`,
  );
  expect(await text('.evictor-renew tbody tr:not(.spacer) .why')).toContain('kubelet_minor');
  expect(await text('.view .facts')).toContain('300 of 3,000 nodes');
  expect(await text('.view .facts')).toContain('7 reasons');
  expect(await page.locator('.evictor-staying tbody tr:not(.spacer)').count()).toBeLessThan(100);
  expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  // A reason is a word that is looked for, and a node's name what tells rows apart: neither is broken in two or cut.
  expect(await page.evaluate<string[]>(BROKEN)).toEqual([]);
});

test('a node says whether it could go and why it must be renewed, and the board how many there are', async () => {
  const agent = await cluster();
  await tell(agent, REPORT);
  await show(`/?cluster=${agent.cluster}&node=${name(0)}`);
  await shows('.evictor-node .chip', 'could go');
  expect(await text('.evictor-node')).toContain('shop/web-0');
  await show(`/?cluster=${agent.cluster}&node=${name(1)}`);
  await shows('.evictor-node .chip', 'stays');
  const told = await text('.evictor-node');
  expect(told).toContain('A disruption budget allows no further disruption.');
  expect(told).toContain('must be renewed');
  expect(told).toContain('Upgrade the pool.');
  const page = await show(`/?cluster=${agent.cluster}`);
  await shows('#evictor-link', '300 nodes could go, 300 must be renewed');
  await page.locator('#evictor-link').click();
  await shows('.evictor-going-card h3 .muted', '300');
});

test('of a cluster whose evictor has told nothing the page says so, and its nodes say nothing', async () => {
  const agent = await cluster();
  await show(`/?view=evictor&cluster=${agent.cluster}`);
  await shows('.view .card h2', 'Nodes that could go or must be renewed');
  expect(await text('.view .card')).toContain('has told nothing yet');
  const page = await show(`/?cluster=${agent.cluster}&node=${name(0)}`);
  await shows('.view h2', name(0));
  expect(await page.locator('.evictor-node').count()).toBe(0);
});
