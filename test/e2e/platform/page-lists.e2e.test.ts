/** Long lists, single things and trouble, on the page in a real browser. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { systemClock } from '@castai/shared/async/clock.ts';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { begin, end, type HandAgent, upsert } from '../../platform-rig/hand-agent.ts';
import { usePlatform } from '../../platform-rig/use-platform.ts';
import { usePageInBrowser } from '../../stages/platform/page-in-browser.ts';

const platform = usePlatform({ clock: systemClock });
const browser = usePageInBrowser(platform);
const { show, shows, text } = browser;

const PATIENCE = { timeout: 30_000 };

const pod = (name: string, more: { node?: string; namespace?: string; phase?: string; status?: object } = {}): Entry =>
  upsert(name, {
    observedAtMs: 1,
    json: {
      metadata: { name, namespace: more.namespace ?? 'shop' },
      spec: {
        nodeName: more.node ?? 'node-0000',
        containers: [{ resources: { requests: { cpu: '100m', memory: '64Mi' } } }],
      },
      status: { phase: more.phase ?? 'Running', ...more.status },
    },
  });

const node = (
  name: string,
  more: { labels?: object; annotations?: object; cpu?: string; providerId?: string } = {},
): Entry =>
  upsert(name, {
    feedId: 2,
    namespace: '',
    observedAtMs: 1,
    json: {
      metadata: {
        name,
        labels: { 'node.kubernetes.io/instance-type': 'm6i.large', ...more.labels },
        annotations: more.annotations ?? {},
      },
      spec: { providerID: more.providerId ?? `aws:///a/${name}` },
      status: {
        allocatable: { cpu: more.cpu ?? '4', memory: '16Gi', pods: '110' },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    },
  });

const padded = (index: number): string => String(index).padStart(4, '0');

async function agentWith(...entries: readonly Entry[]): Promise<HandAgent> {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, entries);
  return agent;
}

/** How many rows there are on the page, of how many that the list has. */
async function rowsOf(page: Page, list: string): Promise<{ made: number; of: number }> {
  const made = await page.locator(`table.${list} tbody tr:not(.spacer)`).count();
  const of = Number(await page.locator(`table.${list}`).getAttribute('aria-rowcount'));
  return { made, of };
}

test('of 1,200 nodes every one is found by the filter, and the order is that of all of them', async () => {
  const agent = await agentWith(
    ...Array.from({ length: 1_200 }, (_, index) => node(`node-${padded(index)}`, { cpu: String(4 + index) })),
    pod('a', { node: 'node-0007' }),
  );
  const page = await show(`/?cluster=${agent.cluster}`);
  await shows('.nodes-card h3 span', '1,200');
  await page.getByLabel('Filter').fill('NODE-1199');
  await shows('.nodes-card h3 span', '1 of 1,200');
  await shows('.nodes td.name a', 'node-1199');
  await page.getByLabel('Filter').fill('');
  await page.getByRole('button', { name: 'CPU requested' }).click();
  await shows('.nodes td.name a', 'node-0007');
  expect(new URL(page.url()).searchParams.get('sort')).toBe('-cpu');
  await page.reload();
  await shows('.nodes td.name a', 'node-0007');
  expect(await page.locator('.nodes th[aria-sort]').textContent()).toContain('CPU');
});

test('of 30,000 pods only those in sight are made, wherever one scrolls to, and while they change', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(2), node('node-0000'), end(1, '9', 2), begin()]);
  for (let part = 0; part < 10; part += 1) {
    const pods = Array.from({ length: 3_000 }, (_, index) =>
      pod(`pod-${String(part * 3_000 + index).padStart(5, '0')}`),
    );
    await agent.mustSend(1, part + 2, pods);
  }
  await agent.mustSend(1, 12, [end(30_000)]);
  const page = await show(`/?cluster=${agent.cluster}&view=pods`);
  await expect.poll(() => rowsOf(page, 'pods'), PATIENCE).toMatchObject({ of: 30_000 });
  // What makes a task long is the number of elements that it lays out: that is what is held here, not a time.
  const most = async (): Promise<number> => (await page.locator('*').all()).length;
  expect(await most()).toBeLessThan(900);
  const scrollTo = (share: number) =>
    page.evaluate(
      `{ const region = document.querySelector('.pods-card .scroll'); region.scrollTop = region.scrollHeight * ${share} }`,
    );
  await scrollTo(1);
  await page.getByRole('link', { name: 'shop/pod-29999' }).waitFor(PATIENCE);
  await scrollTo(0.5);
  await page.getByRole('link', { name: 'shop/pod-15000' }).waitFor(PATIENCE);
  for (let seq = 13; seq < 23; seq += 1) {
    await agent.mustSend(
      1,
      seq,
      Array.from({ length: 100 }, (_, index) => pod(`pod-${15_000 + index}`, { phase: `Phase${seq}` })),
    );
  }
  await page.locator('.pods tbody tr', { hasText: 'Phase22' }).first().waitFor(PATIENCE);
  expect(await most()).toBeLessThan(900);
  expect((await rowsOf(page, 'pods')).made).toBeLessThan(80);
});

test('from the nodes one comes to a node, its pods, a pod, and what was sent of it; each has an address, and there is a way back', async () => {
  const agent = await agentWith(
    node('node-0000'),
    pod('web', {
      status: {
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
      },
    }),
  );
  const page = await show(`/?cluster=${agent.cluster}`);
  await page.getByRole('link', { name: 'node-0000' }).click();
  await shows('#view h2', 'node-0000');
  expect(new URL(page.url()).searchParams.get('node')).toBe('node-0000');
  await page.getByRole('link', { name: 'shop/web' }).click();
  await shows('#view h2', 'shop/web');
  expect(await text('.facts')).toContain('Unschedulable: 0/1 nodes');
  expect(JSON.parse(await text('#view pre code'))).toMatchObject({ metadata: { name: 'web' } });
  await page.reload();
  await shows('#view h2', 'shop/web');
  await page.goBack();
  await shows('#view h2', 'node-0000');
  await page.getByRole('navigation').getByRole('link').nth(1).click();
  await page.locator('#feeds').getByRole('link', { name: 'pods' }).click();
  await shows('#view h2', 'pods');
  await page.locator('.objects').getByRole('link', { name: 'web' }).click();
  await shows('#view h2', 'shop/web');
  await page.goto(`${platform.url}/?cluster=${agent.cluster}&pod=shop/nobody`);
  await shows('#view h2', 'There is no such pod');
});

test('several clusters are a page of their own, those that need a look first', async () => {
  const one = await agentWith(node('n'), pod('a', { node: 'n' }), pod('b', { node: 'n' }));
  const two = await platform.newAgent();
  const page = await show('/');
  await page.locator('.clusters tbody tr').nth(1).waitFor(PATIENCE);
  expect(new URL(page.url()).searchParams.get('view')).toBe('clusters');
  const row = (id: string) => page.locator(`.clusters tbody tr[data-key="${id}"]`);
  expect(await row(one.cluster).locator('td').allTextContents()).toEqual([
    expect.any(String),
    'aks',
    'Connected',
    '1',
    '2',
    expect.stringMatching(/ago|now/),
    expect.stringMatching(/min$/),
  ]);
  expect(await row(two.cluster).locator('.state').textContent()).toBe('Registered, no session yet');
  await row(one.cluster).getByRole('link').click();
  await shows('#total-cpu', '5 %');
});

test('what keeps the picture from being true stands first, one row a cause, and what is old is marked as old', async () => {
  const agent = await agentWith(node('node-0000'), pod('a'));
  const page = await show(`/?cluster=${agent.cluster}`);
  await shows('#status', 'Connected');
  expect(await page.locator('#problems-card').isVisible()).toBe(false);
  const reason = 'connect ECONNREFUSED 10.0.0.1:443';
  const degraded = (feedId: number): Entry => ({ type: 'feedState', feedId, state: 'DEGRADED', reason });
  await agent.mustSend(1, 2, [degraded(1)]);
  await shows('#status', 'Connected, 1 of 2 kinds are not read');
  await shows('#problems b', 'pods cannot be read now, and stay as they were');
  expect(await page.locator('#pods-card').getAttribute('data-stale')).toBe('not followed now');
  await agent.mustSend(1, 3, [degraded(2)]);
  await shows('#status', `Connected, but nothing is read: ${reason}`);
  expect(await page.locator('#problems li').count()).toBe(1);
  expect(await page.locator('#board').getAttribute('data-stale')).toBe('not followed now');
  const isAbove = await page.evaluate<boolean>(
    "document.querySelector('#problems').getBoundingClientRect().top < document.querySelector('table').getBoundingClientRect().top",
  );
  expect(isAbove).toBe(true);
});

test('an interruption is a card with the node’s name and the end of its machine, and says when that does not come', async () => {
  const id = 'azure:///subscriptions/S/virtualMachineScaleSets/pool/virtualMachines/0';
  const record = (isMarking: boolean) => ({
    'autoscaling.cast.ai/spot-handler': JSON.stringify({ notices: [{ isMarking, startsAtMs: Date.now() + 90_000 }] }),
  });
  const agent = await agentWith(node('vmss000000', { providerId: id, annotations: record(true) }));
  await agent.post(
    `/v1/kubernetes/external-clusters/${agent.cluster}/events`,
    JSON.stringify({ event_type: 'interrupted', node_id: '', provider_id: id.toUpperCase() }),
  );
  const page = await show(`/?cluster=${agent.cluster}`);
  await page.locator('#interruptions').getByRole('link', { name: 'vmss000000' }).waitFor(PATIENCE);
  await expect.poll(() => text('#interruptions .countdown'), PATIENCE).toMatch(/^ends in \d+ s$/);
  await shows('.nodes .chip', 'interrupted');
  await agent.mustSend(1, 2, [node('vmss000000', { providerId: id, annotations: record(false) })]);
  await expect.poll(() => page.locator('#interruptions .countdown').isVisible(), PATIENCE).toBe(false);
});

test('the page rests when its reader says so, and goes on where it is then', async () => {
  const agent = await agentWith(pod('a'));
  const page = await show(`/?cluster=${agent.cluster}`);
  await shows('#pods-note', '1');
  await page.getByRole('button', { name: 'Pause' }).click();
  await shows('#stream', 'Paused');
  await agent.mustSend(1, 2, [pod('b')]);
  // The stream tells every change within a quarter of a second; a list that is asked for is not of the stream.
  await expect
    .poll(async () => (await fetch(`${platform.url}/_page/pods?cluster=${agent.cluster}`)).json(), PATIENCE)
    .toMatchObject({ total: 2 });
  expect(await text('#pods-note')).toBe('1');
  await page.getByRole('button', { name: 'Pause' }).click();
  await shows('#pods-note', '2');
});

test('names that are markup, or no names at all, are text in every list, view and address', async () => {
  const evil = '"><img src=x onerror="document.title=1"><script>document.title=1</script>';
  const agent = await agentWith(
    node(evil, { labels: { 'node.kubernetes.io/instance-type': evil } }),
    pod(evil, { node: evil, namespace: evil, phase: evil }),
    { type: 'feedState', feedId: 1, state: 'DEGRADED', reason: evil },
  );
  const page = await show(`/?cluster=${agent.cluster}`);
  await page.locator('.nodes').getByRole('link', { name: evil }).click();
  await shows('#view h2', evil);
  await page
    .locator('.pods')
    .getByRole('link', { name: `${evil}/${evil}` })
    .click();
  await shows('#view h2', `${evil}/${evil}`);
  await page.goto(`${platform.url}/?cluster=${agent.cluster}&view=pods&namespace=${encodeURIComponent(evil)}`);
  await page.locator('.pods td.name a').first().waitFor(PATIENCE);
  await page.goto(`${platform.url}/?cluster=${agent.cluster}&node=${encodeURIComponent(evil)}2`);
  await shows('#view h2', 'There is no such node');
  expect(await page.locator('img, #view script, main script').count()).toBe(0);
  expect(await page.title()).not.toBe('1');
});
