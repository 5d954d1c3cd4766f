import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { systemClock } from '@castai/shared/async/clock.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import { expect, test } from 'vitest';
import { listOf } from './forbidden-address.ts';
import { type Post, postNotification } from './post-notification.ts';
import type { Resolve } from './system-resolver.ts';

const HERE = listOf(['127.0.0.1']);
const NOWHERE = listOf([]);
const post = (url: URL | string, more: Partial<Post> = {}): Post => ({
  url: new URL(url),
  headers: { 'webhook-id': 'm-1' },
  body: '{"a":"ü"}',
  timeoutMs: 15_000,
  allowed: HERE,
  ca: undefined,
  ...more,
});
const never = new AbortController().signal;
/** Gives the addresses of one look-up after the other, and counts. */
function resolver(...answers: readonly string[][]): { resolve: Resolve; hosts: string[] } {
  const hosts: string[] = [];
  const resolve: Resolve = async (host) => {
    hosts.push(host);
    const found = answers[Math.min(hosts.length, answers.length) - 1] ?? [];
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { resolve, hosts };
}
const send = (to: Post, resolve: Resolve = resolver(['127.0.0.1']).resolve): ReturnType<typeof postNotification> =>
  postNotification(to, { clock: systemClock, resolve }, never);

test('what is sent is what was signed, under the name that was asked for', async () => {
  await using server = await RecordingServer.start();
  server.react = (_, response) => response.writeHead(204).end();
  const { port } = server.url;
  const { resolve, hosts } = resolver(['127.0.0.1']);
  expect(await send(post(`http://hooks.example:${port}/a?b=c`), resolve)).toEqual({ is: 'delivered', status: 204 });
  expect(hosts).toEqual(['hooks.example']);
  const { method, url, headers, body } = server.last;
  expect(headers['user-agent']).toBe('castai-platform');
  expect([method, url, headers.host, headers['webhook-id'], headers['content-type'], body.toString()]).toEqual([
    'POST',
    '/a?b=c',
    `hooks.example:${port}`,
    'm-1',
    'application/json',
    '{"a":"ü"}',
  ]);
});

test('a body arrives byte by byte, whatever it is', async () => {
  await using server = await RecordingServer.start();
  server.react = (_, response) => response.writeHead(200).end();
  for (const body of [' {"a": 1}\n', 'no JSON', '"text"', '\ufeff{}', '']) {
    expect(await send(post(server.url, { body }))).toEqual({ is: 'delivered', status: 200 });
    expect(server.last.body.toString()).toBe(body);
  }
});

test('a name is looked up once: what it means a moment later does not count', async () => {
  await using server = await RecordingServer.start();
  server.react = (_, response) => response.writeHead(200).end();
  const { port } = server.url;
  // The system knows no such name, and a second question would be answered otherwise: what was checked is what was connected to.
  const once = resolver(['127.0.0.1'], ['127.0.0.2']);
  expect(await send(post(`http://hooks.example:${port}/`), once.resolve)).toEqual({ is: 'delivered', status: 200 });
  expect(once.hosts).toHaveLength(1);
  const rebound = resolver(['127.0.0.1']);
  expect(await send(post(`http://hooks.example:${port}/`, { allowed: NOWHERE }), rebound.resolve)).toEqual({
    is: 'failed',
    why: 'hooks.example leads to 127.0.0.1, this machine',
  });
  expect(server.requests).toHaveLength(1);
});

test('one forbidden address among those of a name forbids it, and a literal one needs no look-up', async () => {
  const { resolve, hosts } = resolver(['1.1.1.1', '::ffff:169.254.169.254']);
  const f = async (url: string): Promise<unknown> => send(post(url, { allowed: NOWHERE }), resolve);
  expect(await f('https://hooks.example/')).toEqual({
    is: 'failed',
    why: 'hooks.example leads to ::ffff:169.254.169.254, the link, where metadata services are',
  });
  expect(hosts).toHaveLength(1);
  const literals = [
    'http://169.254.169.254/',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://[::ffff:a9fe:a9fe]/',
  ];
  const what = 'the link, where metadata services are';
  expect(await Promise.all(literals.map(f))).toEqual([
    ...Array.from({ length: 3 }, () => ({ is: 'failed', why: `169.254.169.254 leads to ${what}` })),
    { is: 'failed', why: `::ffff:a9fe:a9fe leads to ${what}` },
  ]);
  expect(await f('http://127.1/')).toEqual({ is: 'failed', why: '127.0.0.1 leads to this machine' });
  expect(hosts).toHaveLength(1);
  expect(await send(post('https://hooks.example/'), resolver([]).resolve)).toEqual({
    is: 'failed',
    why: 'hooks.example leads to no address',
  });
});

test('no connection is kept: the next attempt looks up, checks and connects anew', async () => {
  await using server = await RecordingServer.start();
  server.react = (_, response) => response.writeHead(200).end();
  expect(await send(post(server.url))).toEqual({ is: 'delivered', status: 200 });
  expect(await send(post(server.url))).toEqual({ is: 'delivered', status: 200 });
  expect(new Set(server.requests.map(({ port }) => port)).size).toBe(2);
  expect(server.last.headers.connection).toBe('close');
});

test('a redirect is a failure and is not followed', async () => {
  await using server = await RecordingServer.start();
  server.react = (_, response) => response.writeHead(302, { location: `${server.url.href}metadata` }).end();
  expect(await send(post(server.url))).toEqual({ is: 'refused', status: 302, retryAfterMs: 0 });
  expect(server.requests).toHaveLength(1);
});

test('a server asks for time in either form, and is believed for ten minutes', async () => {
  await using server = await RecordingServer.start();
  const f = async (status: number, retryAfter: string): Promise<unknown> => {
    server.react = (_, response) => response.writeHead(status, { 'retry-after': retryAfter }).end();
    return send(post(server.url));
  };
  expect(await f(429, '7')).toEqual({ is: 'refused', status: 429, retryAfterMs: 7_000 });
  expect(await f(503, '86400')).toEqual({ is: 'refused', status: 503, retryAfterMs: 600_000 });
  expect(await f(503, 'soon')).toEqual({ is: 'refused', status: 503, retryAfterMs: 0 });
  expect(await f(410, '7')).toEqual({ is: 'gone', status: 410 });
});

test('a certificate is checked for the name, although the address is what is connected to', async () => {
  using authority = new TestAuthority();
  await using server = await RecordingServer.start(authority.issue({ commonName: 'a', hosts: ['hooks.example'] }));
  server.react = (_, response) => response.writeHead(200).end();
  const { port } = server.url;
  const ca = authority.certPem;
  expect(await send(post(`https://hooks.example:${port}/`, { ca }))).toEqual({ is: 'delivered', status: 200 });
  expect(await send(post(`https://other.example:${port}/`, { ca }))).toMatchObject({ is: 'failed' });
  expect(await send(post(`https://hooks.example:${port}/`))).toMatchObject({ is: 'failed' });
  expect(server.requests).toHaveLength(1);
});

test('an endless answer is read to 4 kB and is as good as its status', async () => {
  await using server = await RecordingServer.start();
  server.react = (_, response) => {
    response.writeHead(200);
    const write = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536))) continue;
    };
    response.on('drain', write);
    write();
  };
  expect(await send(post(server.url))).toEqual({ is: 'delivered', status: 200 });
});

test('an answer whose body stalls, breaks off or is no body is as good as its status', async () => {
  await using server = await RecordingServer.start();
  const clock = new ManualClock();
  const hasHead = Promise.withResolvers<void>();
  const onHead = (): void => hasHead.resolve();
  subscribe('http.client.response.finish', onHead);
  server.react = (_, response) => void response.writeHead(200).write('{"half');
  const { resolve } = resolver(['127.0.0.1']);
  const stalled = postNotification(post(server.url), { clock, resolve }, never);
  await hasHead.promise;
  await clock.advance(15_000);
  expect(await stalled).toEqual({ is: 'delivered', status: 200 });
  unsubscribe('http.client.response.finish', onHead);
  server.react = (_, response) => {
    response.writeHead(204, { 'content-length': '10' });
    response.flushHeaders();
    response.socket?.end();
  };
  expect(await send(post(server.url))).toEqual({ is: 'delivered', status: 204 });
  server.react = (_, response) => {
    response.writeHead(503, { 'retry-after': '7', 'content-length': '10' });
    response.write('half', () => response.socket?.destroy());
  };
  expect(await send(post(server.url))).toEqual({ is: 'refused', status: 503, retryAfterMs: 7_000 });
});

test('what a server says before its answer is none', async () => {
  await using server = await RecordingServer.start();
  server.react = (_, response) => {
    response.writeContinue();
    response.writeEarlyHints({ link: '</a>; rel=preload' });
    response.writeHead(202).end();
  };
  expect(await send(post(server.url))).toEqual({ is: 'delivered', status: 202 });
});

test('a certificate that has expired since the last attempt is refused, and the renewed one is taken', async () => {
  using authority = new TestAuthority();
  const ca = authority.certPem;
  const good = authority.issue({ commonName: 'a', hosts: ['hooks.example'] });
  const f = async (pair: typeof good): Promise<unknown> => {
    await using server = await RecordingServer.start(pair);
    server.react = (_, response) => response.writeHead(200).end();
    const outcome = await send(post(`https://hooks.example:${server.url.port}/`, { ca }));
    return [outcome, server.requests.length];
  };
  expect(await f(good)).toEqual([{ is: 'delivered', status: 200 }, 1]);
  expect(await f(authority.expired(good))).toEqual([
    { is: 'failed', why: expect.stringContaining('expired') as string },
    0,
  ]);
  expect(await f(good)).toEqual([{ is: 'delivered', status: 200 }, 1]);
});

test('an answer that does not come within its time is a failure, and so is a look-up', async () => {
  await using server = await RecordingServer.start();
  const arrived = Promise.withResolvers<void>();
  server.react = () => arrived.resolve();
  const clock = new ManualClock();
  const { resolve } = resolver(['127.0.0.1']);
  const waiting = postNotification(post(server.url), { clock, resolve }, never);
  await arrived.promise;
  await clock.advance(14_900);
  await clock.advance(100);
  expect(await waiting).toEqual({ is: 'failed', why: 'no answer within 15 s' });
  const asking = postNotification(
    post('https://hooks.example/'),
    { clock, resolve: () => new Promise(() => {}) },
    never,
  );
  await clock.advance(15_000);
  expect(await asking).toEqual({ is: 'failed', why: 'no answer within 15 s' });
  expect(clock.pendingTimers).toBe(0);
});

test('a stop is no outcome', async () => {
  await using server = await RecordingServer.start();
  const stop = new AbortController();
  server.react = () => stop.abort(new Error('the end'));
  const { resolve } = resolver(['127.0.0.1']);
  await expect(postNotification(post(server.url), { clock: systemClock, resolve }, stop.signal)).rejects.toThrow(
    'the end',
  );
});

test('nothing listens there, or nobody knows the name', async () => {
  const gone = await RecordingServer.start();
  const { url } = gone;
  await gone[Symbol.asyncDispose]();
  expect(await send(post(url))).toMatchObject({ is: 'failed', why: expect.stringContaining('ECONNREFUSED') as string });
  const unknown: Resolve = async (host) => {
    throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
  };
  expect(await send(post('https://hooks.example/'), unknown)).toEqual({
    is: 'failed',
    why: 'getaddrinfo ENOTFOUND hooks.example',
  });
});

test('what an endpoint has learnt of its own secrets and says again is shown nowhere', async () => {
  using authority = new TestAuthority();
  const secret = 'kj3kfowzmq8trv';
  // Node quotes the names of a certificate that does not fit.
  await using server = await RecordingServer.start(authority.issue({ commonName: 'a', hosts: [`${secret}.example`] }));
  const others = Array.from({ length: 9 }, (_, at) => [`x-${at}`, `other-value-${at}`]);
  const headers = { authorization: secret, ...Object.fromEntries(others) };
  const outcome = await send(post(`https://hooks.example:${server.url.port}/`, { ca: authority.certPem, headers }));
  expect(outcome).toMatchObject({ is: 'failed', why: expect.stringContaining('[secret].example') as string });
});
