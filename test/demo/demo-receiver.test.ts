import { readFileSync } from 'node:fs';
import { systemClock } from '@castai/shared/async/clock.ts';
import { testNotification } from '@castai/platform/notify/notification.ts';
import { parseEndpoints } from '@castai/platform/notify/parse-endpoints.ts';
import { postNotification } from '@castai/platform/notify/post-notification.ts';
import { renderBody } from '@castai/platform/notify/render.ts';
import { resolveBySystem } from '@castai/platform/notify/system-resolver.ts';
import { parseSigningSecret, signedHeaders } from '@castai/platform/notify/sign.ts';
import { expect, test } from 'vitest';
import { DemoReceiver } from './demo-receiver.ts';

const { signal } = new AbortController();

async function send(to: DemoReceiver, secretOf: (own: string) => string): Promise<unknown> {
  const [endpoint] = parseEndpoints(readFileSync(to.notifyFile, 'utf8'), () => '').endpoints;
  if (endpoint === undefined) throw new Error('the file names one');
  const notification = testNotification('1', Date.now());
  const body = renderBody(endpoint.form, notification, endpoint.id);
  const key = parseSigningSecret(secretOf(endpoint.secrets[0]?.reveal() ?? ''));
  const message = { id: notification.id, timestampSeconds: Math.floor(Date.now() / 1000), body };
  const { allowed, timeoutMs, ca } = endpoint;
  const url = new URL(endpoint.url.reveal());
  const post = { url, headers: signedHeaders(message, [key]), body, allowed, timeoutMs, ca };
  return postNotification(post, { clock: systemClock, resolve: resolveBySystem }, signal);
}

test('it says what it was told by the platform whose file it wrote, and takes it from nobody else', async () => {
  const said: string[] = [];
  await using receiver = await DemoReceiver.start((line) => said.push(line));
  const told = receiver.next('firing', signal);
  expect(await send(receiver, () => `whsec_${Buffer.alloc(32, 1).toString('base64')}`)).toMatchObject({ status: 401 });
  expect(said).toEqual([]);
  expect(await send(receiver, (own) => own)).toEqual({ is: 'delivered', status: 204 });
  await told;
  expect(said).toEqual(['told       firing (warning): This is a test: nothing is wrong']);
});

test('who waits for it ends with the demo', async () => {
  await using receiver = await DemoReceiver.start(() => undefined);
  const stop = new AbortController();
  const told = receiver.next('resolved', stop.signal);
  stop.abort(new Error('the end'));
  await expect(told).rejects.toThrow('the end');
});
