import { request as httpRequest, type ServerResponse } from 'node:http';
import { systemClock } from '@castai/shared/async/clock.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPlatform } from '../platform.ts';
import type { RunningServer } from '../front/server.ts';
import { servePlatform } from '../serve-platform.ts';
import { parseEndpoints } from './parse-endpoints.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
let errors: unknown[] = [];
let receiver: RecordingServer;
let platform: RunningServer;
// For each test: more than five tests of an endpoint in a row are refused, which a second try would be.
beforeEach(async () => {
  errors = [];
  receiver = await RecordingServer.start();
  receiver.react = (_, response) => response.writeHead(200).end('an answer that nobody is shown');
  const endpoint = {
    id: 'ops',
    url: new URL('/canary-path?canary-token', receiver.url).href,
    allowHttp: true,
    allowNetworks: ['127.0.0.1'],
    secrets: [SECRET],
    timeoutSeconds: 30,
    headers: { authorization: 'Bearer canary-header' },
  };
  const notify = parseEndpoints(JSON.stringify({ endpoints: [endpoint] }), () => '');
  const made = await createPlatform({ clock: systemClock, onError: (error) => errors.push(error), notify });
  platform = await servePlatform(made, (request, response) => made.front.handle(request, response), {
    port: 0,
    host: '127.0.0.1',
  });
});
afterEach(async () => {
  await platform.close();
  await receiver[Symbol.asyncDispose]();
  if (errors.length > 0) throw new AggregateError(errors, 'the platform failed');
});

/** A call with any headers: `fetch` would not let all of them be set. */
async function call(path: string, headers: Record<string, string> = {}, method = 'POST'): Promise<[number, unknown]> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(platform.url);
    const sent = httpRequest({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve([response.statusCode ?? 0, JSON.parse(text)]));
    });
    sent.once('error', reject);
    sent.end();
  });
}

test('a test sends a signed sample and says what came of it', async () => {
  expect(await call('/endpoints/ops/test')).toEqual([200, { delivered: true, result: 'taken with 200' }]);
  // And its end, or it would stay open there for ever.
  const statuses = receiver.requests.map(({ body }) => (JSON.parse(body.toString()) as { type: string }).type);
  expect(statuses).toEqual(['cluster.connection.firing', 'cluster.connection.resolved']);
  const { headers, body, url } = receiver.last;
  expect([url, headers.authorization]).toEqual(['/canary-path?canary-token', 'Bearer canary-header']);
  expect(headers['webhook-signature']).toMatch(/^v1,/u);
  expect(JSON.parse(body.toString())).toMatchObject({ data: { isTest: true } });
});

test('the page shows what became of it, and nothing that is secret', async () => {
  await call('/endpoints/ops/test');
  const text = await (await fetch(new URL('/_page/notifications', platform.url))).text();
  expect(JSON.parse(text)).toMatchObject({
    endpoints: [
      {
        key: 'ops',
        origin: receiver.url.origin,
        format: 'standard',
        isSigned: true,
        ended: '',
        attempts: [{ title: 'resolved: no cluster: This is a test: nothing is wrong', result: 'taken with 200' }, {}],
      },
    ],
    episodes: [],
  });
  const metrics = await (await fetch(new URL('/metrics', platform.url))).text();
  expect(metrics).toContain('castai_platform_notification_attempts_total{endpoint="ops",result="delivered"} 2\n');
  expect(metrics).toContain('castai_platform_notifications_dropped_total{endpoint="ops",reason="full"} 0\n');
  expect(metrics).toContain('castai_platform_notification_endpoint_ended{endpoint="ops"} 0\n');
  for (const shown of [text, metrics]) {
    expect(shown).not.toContain('canary');
    expect(shown).not.toContain(SECRET.slice(6));
    expect(shown).not.toContain('nobody is shown');
  }
});

test('what is there for the page is not there for a page of elsewhere, or for a link', async () => {
  const before = receiver.requests.length;
  const host = new URL(platform.url).host;
  expect(await call('/endpoints/ops/test', { 'sec-fetch-site': 'cross-site' })).toMatchObject([403, {}]);
  expect(await call('/endpoints/ops/test', { origin: 'http://evil.example' })).toMatchObject([403, {}]);
  expect(await call('/endpoints/ops/test', { host: 'evil.example' })).toMatchObject([403, {}]);
  expect(await call('/endpoints/ops/test', {}, 'GET')).toMatchObject([405, {}]);
  expect(receiver.requests).toHaveLength(before);
  expect(await call('/endpoints/ops/test', { origin: `http://${host}` })).toMatchObject([200, { delivered: true }]);
  expect(await call('/endpoints/ops/reopen')).toEqual([200, {}]);
  // However often: nothing is counted of names that there are not.
  for (let n = 0; n < 7; n += 1) {
    expect(await call('/endpoints/nobody/test')).toMatchObject([404, { code: 'NOT_FOUND' }]);
  }
  expect(await call('/endpoints/nobody/reopen')).toMatchObject([404, {}]);
});

test('one test goes at a time, and more than a few are refused with how long to wait', async () => {
  const open: ServerResponse[] = [];
  receiver.react = (_, response) => open.push(response);
  const before = receiver.requests.length;
  const first = call('/endpoints/ops/test');
  await eventually({
    what: 'the first is on its way',
    look: () => receiver.requests.length,
    until: (count) => count > before,
  });
  const refused = await fetch(new URL('/endpoints/ops/test', platform.url), { method: 'POST' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/u)]);
  expect(await refused.json()).toEqual({
    code: 'TOO_MANY_TESTS',
    message: expect.stringMatching(/^a test of ops is on its way, or there were many: .* in \d+ s$/u) as string,
  });
  receiver.react = (_, response) => response.writeHead(200).end();
  open[0]?.writeHead(200).end();
  expect(await first).toMatchObject([200, { delivered: true }]);
  expect(receiver.requests).toHaveLength(before + 2);
});

test('a test ends with whoever asked for it', async () => {
  receiver.react = () => undefined;
  const { hostname, port } = new URL(platform.url);
  const before = receiver.requests.length;
  const asking = httpRequest({ hostname, port, path: '/endpoints/ops/test', method: 'POST' }).on(
    'error',
    () => undefined,
  );
  asking.end();
  const isOnItsWay = { look: () => receiver.requests.length, until: (count: number) => count > before };
  await eventually({ what: 'the test is on its way', ...isOnItsWay });
  asking.destroy();
  const left = await eventually({
    what: 'it is called off',
    look: () => receiver.connections,
    until: (count) => count === 0,
    // Sooner than the attempt would end by itself.
    timeoutMs: 25_000,
  });
  expect(left).toBe(0);
});
