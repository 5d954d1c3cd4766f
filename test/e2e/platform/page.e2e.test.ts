/** The page in a real browser. */
import { expect, test } from 'vitest';
import { systemClock } from '@castai/shared/async/clock.ts';
import { begin, end, remove, upsert } from '../../platform-rig/hand-agent.ts';
import { usePlatform } from '../../platform-rig/use-platform.ts';
import { usePageInBrowser } from '../../stages/platform/page-in-browser.ts';

const platform = usePlatform({ clock: systemClock });
const browser = usePageInBrowser(platform);
const { show, shows } = browser;

const pod = (name: string, phase: string, more: object = {}) =>
  upsert(name, {
    observedAtMs: Date.now(),
    json: {
      metadata: { name, namespace: 'default' },
      spec: { nodeName: 'node-1', containers: [{ resources: { requests: { cpu: '500m', memory: '1Gi' } } }] },
      status: { phase },
    },
    ...more,
  });

const node = upsert('node-1', {
  feedId: 2,
  namespace: '',
  observedAtMs: Date.now(),
  json: {
    metadata: { name: 'node-1' },
    status: { allocatable: { cpu: '2', memory: '4Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] },
  },
});

test('an empty platform says what to do', async () => {
  await show('/');
  await shows('#empty-title', 'No cluster yet');
  await shows('#empty-command', `KUBECONFIG=~/.kube/config API_URL=${platform.url} API_KEY=any npm run agent`);
  expect(await browser.page.locator('#board').isVisible()).toBe(false);
});

test('what an agent sends appears by itself: the cluster, its feeds, pods, nodes and events', async () => {
  await show('/');
  const agent = await platform.newAgent();
  await shows('#status', 'Registered, no session yet');
  await agent.mustOpen();
  await shows('#status', 'Connected');
  await agent.mustSend(1, 1, [
    begin(2),
    node,
    end(1, '70', 2),
    begin(1),
    pod('a', 'Running'),
    pod('b', 'Pending'),
    end(2, '71'),
  ]);
  await agent.mustSend(1, 2, [{ type: 'feedState', feedId: 1, state: 'SYNCED', reason: '' }]);
  await shows('#objects', '3');
  await shows('#received', '2');
  await shows('#pods-note', '2');
  await shows('#legend', 'Running 1Pending 1');
  await shows('#feeds-note', '1 of 2 synced');
  const cells = browser.page.locator('#feeds tr', { hasText: 'pods' }).locator('td');
  expect((await cells.allTextContents()).slice(1, 4).map((cell) => cell.trim())).toEqual(['synced', '2', '71']);
  await shows('.nodes td.pods', '2 / 110');
  await shows('.nodes td.cpu', '1 / 2');
  expect(await browser.page.locator('.nodes [role=meter]').first().getAttribute('aria-valuenow')).toBe('50');
  await shows('#total-cpu', '50 %');
  await shows('#total-idle', '1 cores');
  await agent.mustSend(1, 3, [pod('b', 'Running'), remove('a')]);
  await shows('#legend', 'Running 1');
  await shows('#pods-note', '1');
  await shows('#events li:first-child .text', 'upserted default/b, deleted default/a');
  // What the cluster does not serve is not missing.
  await agent.mustSend(1, 4, [{ type: 'feedState', feedId: 2, state: 'ABSENT', reason: '' }]);
  await shows('#feeds-note', 'all 1 synced, 1 not served here');
});

test('an interruption stands on its own, where changes of objects do not push it out', async () => {
  const agent = await platform.newAgent();
  await show(`/?cluster=${agent.cluster}`);
  await shows('#status', 'Registered, no session yet');
  expect(await browser.page.locator('#notices-card').isVisible()).toBe(false);
  const answer = await fetch(new URL(`/v1/kubernetes/external-clusters/${agent.cluster}/events`, platform.url), {
    method: 'POST',
    headers: { 'x-api-key': 'test', 'content-type': 'application/json' },
    body: JSON.stringify({ event_type: 'interrupted', node_id: 'node-0001', provider_id: 'aws:///a/i-1' }),
  });
  expect(answer.status).toBe(200);
  const origin = 'origin not proven: the keys of this cluster are not known here';
  const taken = 'the machine is about to be taken: node node-0001, aws:///a/i-1';
  await shows('#notices li:first-child .text', `${taken}; ${origin}`);
});

test('a deep link shows its cluster, and another can be chosen', async () => {
  const [one, two] = [await platform.newAgent(), await platform.newAgent()];
  await show(`/?cluster=${two.cluster}`);
  await shows('#identity', `aks · ${two.cluster}`);
  await browser.page.locator('#cluster').selectOption(one.cluster);
  await shows('#identity', `aks · ${one.cluster}`);
  expect(new URL(browser.page.url()).searchParams.get('cluster')).toBe(one.cluster);
  await browser.page.goBack();
  await shows('#identity', `aks · ${two.cluster}`);
  await browser.page.goto(new URL('/?cluster=nobody', platform.url).href);
  await shows('#empty-title', 'There is no such cluster');
});

test('what an agent names its objects is text, never markup', async () => {
  const agent = await platform.newAgent();
  const evil = '<img src=x onerror="document.title=1">';
  await agent.mustOpen({ instanceId: evil });
  await agent.mustSend(1, 1, [
    pod(evil, evil, { namespace: evil }),
    { type: 'feedState', feedId: 1, state: 'DEGRADED', reason: evil },
    upsert('n', { feedId: 2, json: { metadata: { name: evil } } }),
  ]);
  await show(`/?cluster=${agent.cluster}`);
  await browser.page.locator('.nodes td.name a', { hasText: evil }).waitFor();
  await shows('#legend li a', `${evil} 1`);
  expect(await browser.page.locator('img').count()).toBe(0);
  expect(await browser.page.title()).not.toBe('1');
});

test('a cluster of thousands of pods is summed up completely, and the page does not overflow a phone', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [
    begin(),
    ...Array.from({ length: 3_000 }, (_, index) => pod(`pod-${index}`, 'Running')),
    end(3_000),
  ]);
  await show(`/?cluster=${agent.cluster}`, { width: 390 });
  await shows('#pods-note', '3,000');
  await shows('#legend', 'Running 3,000');
  const [content, window] = await browser.page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
  expect(content).toBe(window);
});
