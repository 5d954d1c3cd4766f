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
const notify = parseEndpoints(JSON.stringify({ endpoints: [endpoint] }), () => '');
const platform = usePlatform({ clock: systemClock, notify });
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
