/** What is asked of a node on its page, in a real browser, and what the cluster controller says of it. */
import { systemClock } from '@castai/shared/async/clock.ts';
import { expect, test } from 'vitest';
import { begin, end, NODES, upsert } from '../../platform-rig/hand-agent.ts';
import { usePlatform } from '../../platform-rig/use-platform.ts';
import { usePageInBrowser } from '../../stages/platform/page-in-browser.ts';

const platform = usePlatform({ clock: systemClock, mayAct: true });
const { show, shows } = usePageInBrowser(platform);

test('a drain is asked for twice, handed to the controller, and its blockers stand on the page', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  const json = { metadata: { name: 'n1' }, spec: { providerID: 'azure:///vm-1' } };
  const node = upsert('n1', { feedId: NODES.id, namespace: '', json });
  await agent.mustSend(1, 1, [begin(NODES.id), node, end(1, '200', NODES.id)]);
  const page = await show(`/?cluster=${agent.cluster}&node=n1`);
  await page.getByRole('button', { name: 'Drain' }).click();
  await page.getByRole('button', { name: 'Drain n1, really' }).click();
  await shows('#actions [role=status]', 'asked for');
  await shows('#actions tbody tr td:last-child', 'waits for the cluster controller');

  const base = `${platform.url}/v1/kubernetes/clusters/${agent.cluster}/actions`;
  const headers = { 'x-api-key': 'k', 'content-type': 'application/json' };
  const { items } = (await (await fetch(base, { headers })).json()) as { items: { id: string }[] };
  expect(items).toMatchObject([{ actionDrainNode: { nodeName: 'n1', providerId: 'azure:///vm-1', force: false } }]);
  await shows('#actions tbody tr td:last-child', 'handed to the cluster controller');
  const body = JSON.stringify({ error: 'pdb_blocked: shop/cart-0 <b>is held</b>' });
  await fetch(`${base}/${items[0]?.id}/ack`, { method: 'POST', headers, body });
  await shows('#actions tbody tr td:last-child', 'pdb_blocked: shop/cart-0 <b>is held</b>');
});
