/**
 * What is sent, judged by the published library of Standard Webhooks.
 *
 * What it does not do, as its source says: it takes a text or a Buffer only, reads the bytes as UTF-8 before it signs them (so that two bodies
 * of bytes that are none are one to it), finds no header in a `Headers` object, and takes a time with letters behind it. None of that touches
 * what we send: a body is well-formed text.
 */
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { listOf } from './forbidden-address.ts';
import { testNotification } from './notification.ts';
import { postNotification } from './post-notification.ts';
import { renderBody } from './render.ts';
import { resolveBySystem } from './system-resolver.ts';
import { parseSigningSecret, signedHeaders } from './sign.ts';

const OLD = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const NEW = `whsec_${Buffer.alloc(64, 8).toString('base64')}`;
const NASTY = 'quote " backslash \\ newline \n </script> & \u2028 😀 ü';

async function sent(
  secrets: readonly string[],
  ageSeconds = 0,
): Promise<{ body: string; headers: Record<string, string> }> {
  await using server = await RecordingServer.start();
  server.react = (_, response) => response.writeHead(204).end();
  const notification = { ...testNotification('1', Date.now()), summary: NASTY };
  const body = renderBody({ format: 'standard' }, notification, 'ops');
  const message = { id: notification.id, timestampSeconds: Math.floor(Date.now() / 1000) - ageSeconds, body };
  const headers = signedHeaders(message, secrets.map(parseSigningSecret));
  const post = { url: server.url, headers, body, timeoutMs: 15_000, allowed: listOf(['127.0.0.1']), ca: undefined };
  const { signal } = new AbortController();
  await postNotification(post, { clock: systemClock, resolve: resolveBySystem }, signal);
  const { last } = server;
  const received = Object.entries(last.headers).map(([name, value]) => [name, String(value)]);
  return { body: last.body.toString(), headers: Object.fromEntries(received) as Record<string, string> };
}

test('the library takes what was sent, with either secret while one takes the place of the other', async () => {
  const { body, headers } = await sent([NEW, OLD]);
  for (const secret of [OLD, NEW]) {
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ data: { summary: NASTY, isTest: true } });
  }
});

test('it takes nothing that was changed, that is old, or that somebody else has signed', async () => {
  const { body, headers } = await sent([OLD]);
  const verify = (text: string, more: Record<string, string> = {}): unknown =>
    new Webhook(OLD).verify(text, { ...headers, ...more });
  expect(verify(body)).toBeTypeOf('object');
  expect(() => verify(`${body} `)).toThrow(WebhookVerificationError);
  expect(() => verify(body, { 'webhook-id': 'another' })).toThrow(WebhookVerificationError);
  expect(() => new Webhook(NEW).verify(body, headers)).toThrow(WebhookVerificationError);
  const old = await sent([OLD], 400);
  expect(() => new Webhook(OLD).verify(old.body, old.headers)).toThrow('Message timestamp too old');
});

test('both sign the same message the same way', () => {
  const at = new Date(1_614_265_330_000);
  const ours = signedHeaders({ id: 'm', timestampSeconds: 1_614_265_330, body: NASTY }, [parseSigningSecret(OLD)]);
  expect(ours['webhook-signature']).toBe(new Webhook(OLD).sign('m', at, NASTY));
});
