/** Whom the platform tells of trouble, on the page in a real browser. */
import { parseEndpoints } from '@castai/platform/notify/parse-endpoints.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { afterAll, expect, test } from 'vitest';
import { usePlatform } from '../../platform-rig/use-platform.ts';
import { usePageInBrowser } from '../../stages/platform/page-in-browser.ts';

const receiver = await RecordingServer.start();
afterAll(() => receiver[Symbol.asyncDispose]());
const endpoint = {
  id: 'ops',
  url: new URL('/a-path-that-is-a-password', receiver.url).href,
  allowHttp: true,
  allowNetworks: ['127.0.0.1'],
  secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`],
};
const notify = parseEndpoints(
  JSON.stringify({ endpoints: [endpoint], page: { allowHttp: true, allowNetworks: ['127.0.0.1'] } }),
  () => '',
);
const platform = usePlatform({ clock: systemClock, notify, mayChangeEndpoints: true });
const { show, shows, text } = usePageInBrowser(platform);

test('an endpoint is tried from the page, and what became of each attempt stands there', async () => {
  receiver.react = (_, response) => response.writeHead(204).end();
  const page = await show('/?view=clusters');
  await page.getByRole('link', { name: 'Notifications' }).click();
  await shows('section[data-key="ops"] h3', 'ops');
  expect(await text('section[data-key="ops"] .endpoint')).toContain(`${receiver.url.origin} · standard, signed`);
  expect(await page.content()).not.toContain('password');

  await page.getByRole('button', { name: 'Send a test' }).click();
  await shows('section[data-key="ops"] [role=status]', 'taken with 204');
  await shows('section[data-key="ops"] .counts', '2 attempts taken, 0 attempts not');
  expect(receiver.requests.map(({ headers }) => Boolean(headers['webhook-signature']))).toEqual([true, true]);

  receiver.react = (_, response) => response.writeHead(410).end();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await shows('section[data-key="ops"] [role=status]', 'refused for ever with 410');
  await shows('section[data-key="ops"] .counts', '2 attempts taken, 1 attempt not');
  const [newest] = await page.locator('section[data-key="ops"] tbody tr').allTextContents();
  expect(newest).toContain('warning: no cluster: This is a test: nothing is wrong1refused for ever with 410');
});

test('it can be read on a phone, in the dark, without a line that leaves the screen', async () => {
  const page = await show('/?view=notifications', { width: 390, colorScheme: 'dark' });
  await shows('section[data-key="ops"] h3', 'ops');
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
});

test('an endpoint is made on the page, changed, switched off and removed', async () => {
  receiver.react = (_, response) => response.writeHead(204).end();
  const page = await show('/?view=notifications');
  await page.getByRole('button', { name: 'Add an endpoint' }).click();
  await page.getByLabel('Name').fill('mine');
  await page.getByLabel('Address').fill(new URL('/mine', receiver.url).href);
  await page.getByRole('button', { name: 'Make a secret' }).click();
  await page.getByRole('checkbox', { name: 'interruptions' }).uncheck();
  await page.getByLabel('Format').selectOption('template');
  await page.getByRole('textbox', { name: 'Template, JSON' }).fill('{');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await shows('[role=alert]', 'The template is no JSON.');
  await page.getByLabel('Format').selectOption('standard');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await shows('section[data-key="mine"] h3', 'mine');
  expect(await text('section[data-key="mine"] .endpoint')).toContain('standard, signed');
  expect(await text('section[data-key="mine"] .endpoint')).not.toContain('interruptions');

  const mine = page.locator('section[data-key="mine"]');
  await mine.getByRole('button', { name: 'Send a test' }).click();
  await shows('section[data-key="mine"] [role=status]', 'taken with 204');
  expect(receiver.last.url).toBe('/mine');
  await mine.getByRole('button', { name: 'Change' }).click();
  await mine.getByLabel('Format').selectOption('slack');
  await mine.getByRole('button', { name: 'Change' }).last().click();
  await expect.poll(() => text('section[data-key="mine"] .endpoint')).toContain('slack, signed');
  await mine.getByRole('button', { name: 'Switch off' }).click();
  await expect.poll(() => text('section[data-key="mine"] .endpoint')).toContain('switched off on the page');
  await mine.getByRole('button', { name: 'Remove' }).click();
  await mine.getByRole('button', { name: 'Remove it with all that waits' }).click();
  await expect.poll(() => page.locator('section[data-key="mine"]').count()).toBe(0);
});
