/** How the page looks to those who see little, have a small screen, or no mouse: in a real browser, in both themes. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { systemClock } from '@castai/shared/async/clock.ts';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { upsert } from '../../platform-rig/hand-agent.ts';
import { usePlatform } from '../../platform-rig/use-platform.ts';
import { usePageInBrowser } from '../../stages/platform/page-in-browser.ts';

const platform = usePlatform({ clock: systemClock });
const { show, shows } = usePageInBrowser(platform);

const PATIENCE = { timeout: 30_000 };
const LONG = 'a-name-as-long-as-kubernetes-allows-one-to-be-which-is-a-great-deal-more-than-what-fits';

/**
 * Text whose contrast with what lies behind it is below 4.5 (WCAG 2.2, 1.4.3 AA; 3 for large text), as `words ratio`. Colours are read from a
 * canvas, because styles may give them in any notation; backgrounds that let others through are laid over those.
 */
const LOW_CONTRAST = `(() => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const channels = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      layers.push(channels(getComputedStyle(one).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), channels(matchMedia('(prefers-color-scheme: dark)').matches ? '#000' : '#fff'));
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const found = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const words = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent.trim()).join(' ').trim();
    if (words === '' || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const back = behind(element);
    const [a, b] = [light(over(channels(style.color), back)), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) found.add(words.slice(0, 40) + ' ' + ratio.toFixed(2));
  }
  return [...found];
})()`;

const lowContrast = async (page: Page): Promise<string[]> => page.evaluate<string[]>(LOW_CONTRAST);
const overflow = async (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');

/** What has to be moved sideways to be seen; an object as it came keeps its lines. */
const sideways = async (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(
    "[...document.querySelectorAll('.scroll:not(pre)')].filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1).map((one) => one.getAttribute('aria-labelledby') ?? one.getAttribute('aria-label'))",
  );

const pod = (name: string, phase: string): Entry =>
  upsert(name, {
    observedAtMs: Date.now(),
    json: {
      metadata: { name, namespace: 'shop' },
      spec: { nodeName: 'node-1', containers: [{ resources: { requests: { cpu: '500m', memory: '1Gi' } } }] },
      status: { phase },
    },
  });
const node = (
  name: string,
  more: { ready?: boolean; spot?: boolean; cordoned?: boolean; mark?: boolean } = {},
): Entry =>
  upsert(name, {
    feedId: 2,
    namespace: '',
    observedAtMs: Date.now(),
    json: {
      metadata: {
        name,
        creationTimestamp: '2026-11-01T00:00:00Z',
        labels: {
          'node.kubernetes.io/instance-type': 'Standard_D8s_v5',
          ...(more.spot ? { 'cloud.google.com/gke-spot': 'true' } : {}),
          ...(more.mark ? { 'autoscaling.cast.ai/draining': 'spot-interruption' } : {}),
        },
      },
      spec: { unschedulable: more.cordoned === true, providerID: `aws:///a/${name}` },
      status: {
        allocatable: { cpu: '2', memory: '4Gi', pods: '110' },
        conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }],
      },
    },
  });

/** A cluster with something of everything that has a colour. */
async function colourful(): Promise<string> {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  const phases = ['Running', 'Pending', 'Failed', 'Succeeded', 'Unknown', 'Odd'];
  await agent.mustSend(1, 1, [
    node('node-1'),
    node('node-2', { ready: false }),
    node('node-3', { spot: true, cordoned: true }),
    node('node-4', { mark: true }),
    node(LONG),
    ...phases.map((phase) => pod(`pod-${phase.toLowerCase()}`, phase)),
    pod(LONG, 'Running'),
    { type: 'feedState', feedId: 1, state: 'DEGRADED', reason: `connect ECONNREFUSED ${LONG}.example.com:443` },
    { type: 'feedState', feedId: 2, state: 'SYNCED', reason: '' },
  ]);
  await agent.send({ epoch: 9, seq: 1 });
  await agent.post(
    `/v1/kubernetes/external-clusters/${agent.cluster}/events`,
    JSON.stringify({ event_type: 'interrupted', node_id: '', provider_id: 'aws:///a/node-4' }),
  );
  await agent.post(
    `/v1/kubernetes/clusters/${agent.cluster}/agent-logs`,
    JSON.stringify({ logEvent: { level: 'error', time: '2026-11-29T00:00:00Z', message: 'm', fields: {} } }),
  );
  return agent.cluster;
}

const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [1280, 400].map((width) => ({ colorScheme, width })),
);

test.each(LOOKS)('in $colorScheme at $width px every word can be read, and nothing sticks out', async (look) => {
  const cluster = await colourful();
  const at = `/?cluster=${cluster}`;
  const board = await show(at, look);
  await board.locator('#interruptions a.who', { hasText: 'node-4' }).waitFor(PATIENCE);
  await board.locator('.nodes td.name a', { hasText: 'node-1' }).waitFor(PATIENCE);
  await board.locator('#log summary').click();
  expect([await lowContrast(board), await overflow(board), await sideways(board)]).toEqual([[], 0, []]);
  for (const [path, heading] of [
    [`${at}&view=pods`, ''],
    [`${at}&node=${LONG}`, LONG],
    [`${at}&pod=shop/${LONG}`, `shop/${LONG}`],
    ['/?view=clusters', ''],
    ['/?cluster=nobody', ''],
  ] as const) {
    const page = await show(path, look);
    if (heading === '')
      await page
        .locator('.list td.name:visible, .clusters td.name:visible, #empty-command:not(:empty):visible')
        .first()
        .waitFor(PATIENCE);
    else await shows('#view h2', heading);
    expect([path, await lowContrast(page), await overflow(page), await sideways(page)]).toEqual([path, [], 0, []]);
  }
});

test('whoever has no mouse reaches the filter, sorts, scrolls and follows a node, and sees where they are', async () => {
  const cluster = await colourful();
  const page = await show(`/?cluster=${cluster}`);
  await page.locator('.nodes td.name a', { hasText: 'node-1' }).waitFor(PATIENCE);
  const reached: string[] = [];
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<string>(
      "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent ?? '').trim() || document.activeElement.type",
    );
    reached.push(focused);
    if (focused === 'node-1') break;
  }
  expect(reached).toEqual(
    expect.arrayContaining(['Skip to content', 'Pause', 'Copy the cluster’s id', 'search', 'Pods', 'node-1']),
  );
  const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
  expect(outline).toBe('solid');
  await page.keyboard.press('Enter');
  await shows('#view h2', 'node-1');
  expect(await page.evaluate<string>('document.activeElement.id')).toBe('content');
});
