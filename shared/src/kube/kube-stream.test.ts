import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { RecordingServer } from '../../testing/recording-server.ts';
import { systemClock } from '../async/clock.ts';
import { CastaiError } from '../errors.ts';
import { DispatcherSource } from '../http/dispatcher.ts';
import type { AnswerDate } from '../http/read-clock.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import type { KubeCredentials } from './credentials.ts';
import { KubeStream } from './kube-stream.ts';
import type { ListMetadata } from './list-metadata.ts';
import type { ListPage } from './list-page.ts';
import { objectReader } from './protobuf/object-reader.ts';
import type { WatchEvent } from './watch-events.ts';

const NO_SIGNAL = new AbortController().signal;
const JSON_TYPE = { 'content-type': 'application/json' };
const WATCH = { path: '/api/v1/pods', resourceVersion: '5', timeoutSeconds: 300, idleMs: 200_000 };
const PODS = { path: '/api/v1/pods', limit: 2 };

let server: RecordingServer;
let dispatchers: DispatcherSource;
let clock: ManualClock;
let stream: KubeStream;
let dates: AnswerDate[];
/** What `authorization` gives, one after the other; the last one for ever. */
let tokens: string[];
let refreshes: number;

beforeEach(async () => {
  server = await RecordingServer.start();
  clock = new ManualClock();
  tokens = ['Bearer one'];
  dates = [];
  refreshes = 0;
  const baseUrl = server.url;
  const limits = { connectTimeoutMs: 5000, headersTimeoutMs: 5000, keepAliveMs: 5000 };
  const connection = { baseUrl, proxy: 'none', environment: {}, ...limits } as const;
  const secrets = new KnownSecrets();
  secrets.add('API server', 'abcdefghij0123456789');
  dispatchers = new DispatcherSource(connection, { clock, secrets });
  const credentials: KubeCredentials = {
    server: baseUrl,
    connection,
    authorization: async () => tokens[0],
    refresh: async () => {
      refreshes += 1;
      if (tokens.length > 1) tokens.shift();
    },
  };
  stream = new KubeStream({
    credentials,
    dispatchers,
    clock,
    userAgent: 'castai-agent/1.2.3',
    theirClock: { asked: () => (answer) => void dates.push(answer) },
  });
});

afterEach(async () => {
  if (clock.pendingTimers > 0) throw new Error(`${clock.pendingTimers} timers were left behind`);
  await dispatchers.close();
  await server[Symbol.asyncDispose]();
});

interface Page {
  names: string[];
  metadata: ListMetadata;
}

async function readPage(request = PODS, signal = NO_SIGNAL): Promise<Page> {
  const page = await stream.listPage(request, signal);
  const names: string[] = [];
  for await (const items of page.items) names.push(...items.map(({ metadata }) => metadata.name));
  return { names, metadata: page.end() };
}

interface Watched {
  events: WatchEvent[];
  error: unknown;
}

async function watchAll(signal = NO_SIGNAL): Promise<Watched> {
  const events: WatchEvent[] = [];
  try {
    for await (const some of stream.watch(WATCH, signal)) events.push(...some);
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}

const event = (name: string, resourceVersion = '6'): string =>
  `{"type":"ADDED","object":{"metadata":{"name":"${name}","resourceVersion":"${resourceVersion}"}}}\n`;

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

describe('a list page', () => {
  const BODY =
    '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9","continue":"t/1"},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}';

  it('asks for JSON with limit, token and selector and gives items and metadata', async () => {
    server.react = (_, response) => response.writeHead(200, JSON_TYPE).end(BODY);
    expect(await readPage()).toEqual({
      names: ['a', 'b'],
      metadata: {
        kind: 'PodList',
        apiVersion: 'v1',
        resourceVersion: '9',
        continueToken: 't/1',
        remainingItemCount: undefined,
      },
    });
    expect(server.last.url).toBe('/api/v1/pods?limit=2');
    expect(server.last.headers).toMatchObject({
      accept: 'application/json',
      authorization: 'Bearer one',
      'user-agent': 'castai-agent/1.2.3',
    });
    expect(server.last.headers).not.toHaveProperty('accept-encoding');

    await readPage({ ...PODS, continueToken: 't/1&x', notOlderThan: '3', fieldSelector: 'a!=b' } as typeof PODS);
    expect(server.last.url).toBe('/api/v1/pods?limit=2&continue=t%2F1%26x&fieldSelector=a%21%3Db');
    await readPage({ ...PODS, notOlderThan: '3' } as typeof PODS);
    expect(server.last.url).toBe('/api/v1/pods?limit=2&resourceVersion=3&resourceVersionMatch=NotOlderThan');
  });

  it('is read to its end however long it takes, and given up after a minute without a byte (C36)', async () => {
    server.react = (_, response) => {
      response.writeHead(200, JSON_TYPE);
      const drip = (at: number): void => {
        const piece = BODY.slice(at, at + 10);
        if (at + 10 >= BODY.length) return void response.end(piece);
        response.write(piece);
        clock.setTimer(50_000, () => drip(at + 10));
      };
      drip(0);
    };
    const reading = readPage();
    for (let at = 10; at < BODY.length; at += 10) {
      // Bytes travel through the kernel: time goes on only when the watchdog was wound up anew behind them.
      await until(() => clock.pendingTimers === 2 && clock.nextTimerMs === 50_000);
      await clock.advance(50_000);
    }
    expect((await reading).names).toEqual(['a', 'b']);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(600_000);

    server.react = (_, response) => response.writeHead(200, JSON_TYPE).write(BODY.slice(0, 20));
    const silent = readPage().catch((error: unknown) => error);
    await until(() => clock.nextTimerMs === 60_000);
    await clock.advance(60_000);
    expect(await silent).toMatchObject({ code: 'KUBE_WATCHDOG' });
  });

  it('costs a connection each where the server closes them behind every answer, and nothing else (C25)', async () => {
    server.react = (_, response) => response.writeHead(200, { ...JSON_TYPE, connection: 'close' }).end(BODY);
    for (let page = 0; page < 20; page += 1) expect((await readPage()).names).toEqual(['a', 'b']);
    expect(new Set(server.requests.map((request) => request.port)).size).toBe(20);
    await until(() => server.connections === 0);
  });

  it('quotes no secret in use, also where the sentence is cut in the middle of it', async () => {
    for (const before of ['', 'x'.repeat(287)]) {
      const message = `${before} token abcdefghij0123456789 is not valid`;
      const body = JSON.stringify({ kind: 'Status', status: 'Failure', code: 401, message });
      server.react = (_, response) => response.writeHead(401, JSON_TYPE).end(body);
      const error: unknown = await readPage().catch((thrown: unknown) => thrown);
      expect(String(error)).toContain('the API server answered 401: ');
      expect(String(error)).not.toContain('abcd');
    }
  });

  it('has the date of every answer heard, refusals among them', async () => {
    server.react = (_, response) =>
      response.writeHead(200, { ...JSON_TYPE, date: 'Sun, 29 Nov 2026 12:00:00 GMT' }).end(BODY);
    await readPage();
    server.react = (_, response) => response.writeHead(429, { date: 'Sun, 29 Nov 2026 12:00:00 GMT', age: '7' }).end();
    await expect(readPage()).rejects.toMatchObject({ code: 'KUBE_THROTTLED' });
    expect(dates).toEqual([
      { date: 'Sun, 29 Nov 2026 12:00:00 GMT' },
      { date: 'Sun, 29 Nov 2026 12:00:00 GMT', age: '7' },
    ]);
  });

  it('does not connect anew for each page', async () => {
    server.react = (_, response) => response.writeHead(200, JSON_TYPE).end(BODY);
    for (let page = 0; page < 8; page += 1) await readPage();
    // A second one is made when a page is asked for in the very moment in which the page before ends.
    expect(new Set(server.requests.map((request) => request.port)).size).toBeLessThanOrEqual(2);
  });

  it('gives metadata and first items before the rest is there', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.react = (_, response) => {
      response.writeHead(200, JSON_TYPE).write(BODY.slice(0, -27));
      void promise.then(() => response.end(BODY.slice(-27)));
    };
    const page = await stream.listPage(PODS, NO_SIGNAL);
    expect(page.metadata?.resourceVersion).toBe('9');
    expect(() => page.end()).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    const names: string[] = [];
    for await (const items of page.items) {
      names.push(...items.map(({ metadata }) => metadata.name));
      resolve();
    }
    expect(names).toEqual(['a', 'b']);
    expect(page.end().continueToken).toBe('t/1');
  });

  it('waits for the metadata of a server that writes it last', async () => {
    server.react = (_, response) =>
      response
        .writeHead(200, JSON_TYPE)
        .end('{"items":[{"metadata":{"name":"a"}}],"metadata":{"resourceVersion":"9"}}');
    const page = await stream.listPage(PODS, NO_SIGNAL);
    expect(page.metadata).toBeUndefined();
    await page.items[Symbol.asyncIterator]().next();
    for await (const _ of page.items);
    expect(page.end().resourceVersion).toBe('9');
  });

  it('ends the connection when the loop is left early', async () => {
    server.react = (_, response) => response.writeHead(200, JSON_TYPE).write(BODY.slice(0, -27));
    const page = await stream.listPage(PODS, NO_SIGNAL);
    for await (const _ of page.items) break;
    await until(() => server.connections === 0);
    expect(() => page.end()).toThrow(CastaiError);
  });

  it.each([
    ['half a page with a proper end', (body: string) => body.slice(0, -20), 'KUBE_STREAM_BROKEN'],
    ['an empty body', () => '', 'KUBE_STREAM_BROKEN'],
    ['a Status of 410 with 200', () => '{"kind":"Status","status":"Failure","code":410}', 'KUBE_EXPIRED'],
  ])('throws for %s', async (_, change, code) => {
    server.react = (__, response) => response.writeHead(200, JSON_TYPE).end(change(BODY));
    await expect(readPage()).rejects.toMatchObject({ code });
  });

  it('is UNREACHABLE when the connection breaks in the middle', async () => {
    server.react = (_, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': BODY.length }).write(BODY.slice(0, -20));
      setImmediate(() => response.destroy());
    };
    await expect(readPage()).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
  });

  it('is UNREACHABLE when nobody listens', async () => {
    await server[Symbol.asyncDispose]();
    await expect(readPage()).rejects.toMatchObject({
      code: 'KUBE_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    server = await RecordingServer.start();
  });

  it('takes a page that is not JSON for broken', async () => {
    server.react = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>login</html>');
    await expect(readPage()).rejects.toMatchObject({ code: 'KUBE_STREAM_BROKEN', status: 200 });
  });

  it('gives a token with an expired one', async () => {
    server.react = (_, response) =>
      response
        .writeHead(410, JSON_TYPE)
        .end('{"kind":"Status","code":410,"reason":"Expired","metadata":{"continue":"n"}}');
    await expect(readPage()).rejects.toMatchObject({ code: 'KUBE_EXPIRED', status: 410, continueToken: 'n' });
  });

  it('gives a plain 404 and the Retry-After of a 429', async () => {
    server.react = (_, response) => response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found');
    const absent = { ...PODS, path: '/apis/karpenter.sh/v1/nodepools' };
    await expect(readPage(absent)).rejects.toMatchObject({ code: 'KUBE_NOT_FOUND', reason: undefined });
    // Every API server serves pods.
    await expect(readPage()).rejects.toMatchObject({ code: 'KUBE_SERVER_ERROR', status: 404 });
    server.react = (_, response) => response.writeHead(429, { ...JSON_TYPE, 'retry-after': '7' }).end('{}');
    await expect(readPage()).rejects.toMatchObject({ code: 'KUBE_THROTTLED', retryAfterMs: 7000 });
  });

  it('judges by the status when the body that explains it never ends', async () => {
    server.react = (_, response) => {
      response.writeHead(503, JSON_TYPE);
      const pour = (): void =>
        void (response.destroyed || setImmediate(() => response.write('x'.repeat(50_000), pour)));
      pour();
    };
    await expect(readPage()).rejects.toMatchObject({ code: 'KUBE_SERVER_ERROR', status: 503 });
    await until(() => server.connections === 0);
  });

  it('judges by the status when the body that explains it never comes', async () => {
    server.react = (_, response) => response.writeHead(500, JSON_TYPE).write('{');
    const failed = readPage().catch((error: unknown) => error);
    await until(() => clock.pendingTimers > 0);
    await clock.advance(10_000);
    expect(await failed).toMatchObject({ code: 'KUBE_SERVER_ERROR', status: 500 });
  });
});

describe('a watch', () => {
  it('asks for bookmarks, a version and a timeout, never for initial events, and gives what each chunk held (C37, C38, C39, C40)', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.react = (_, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json;stream=watch' })
        .write(event('a') + event('b') + '{"ty');
      void promise.then(() => response.end('pe":"BOOKMARK","object":{"metadata":{"resourceVersion":"8"}}}\n'));
    };
    const seen: string[][] = [];
    for await (const events of stream.watch(WATCH, NO_SIGNAL)) {
      seen.push(events.map((one) => (one.type === 'BOOKMARK' ? one.resourceVersion : one.object.metadata.name)));
      resolve();
    }
    expect(seen).toEqual([['a', 'b'], ['8']]);
    expect(server.last.url).toBe('/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=300');
  });

  it('lets what comes wait for what follows where nobody is in a hurry', async () => {
    let write: (text: string) => void = () => {};
    server.react = (_, response) => {
      response.writeHead(200, JSON_TYPE).flushHeaders();
      write = (text) => void response.write(text);
    };
    const seen: string[][] = [];
    const stop = new AbortController();
    const watching = async (): Promise<void> => {
      for await (const events of stream.watch({ ...WATCH, gatherMs: 500 }, stop.signal))
        seen.push(events.map((one) => (one.type === 'BOOKMARK' ? one.resourceVersion : one.object.metadata.name)));
    };
    const watched = watching().catch((error: unknown) => error);
    await until(() => clock.pendingTimers > 0);
    await clock.advance(1_000);
    write(event('a'));
    await until(() => clock.nextTimerMs === 500);
    write(event('b') + event('c'));
    await clock.advance(500);
    await until(() => clock.nextTimerMs === 500);
    expect(seen).toEqual([['a'], ['b', 'c']]);
    stop.abort('over');
    expect(await watched).toBe('over');
  });

  it('ends without an error when the server ends it, even at once', async () => {
    server.react = (_, response) => response.writeHead(200, JSON_TYPE).end();
    expect(await watchAll()).toEqual({ events: [], error: undefined });
  });

  it('knows both forms of 410', async () => {
    server.react = (_, response) =>
      response.writeHead(410, { ...JSON_TYPE, connection: 'close' }).end('{"kind":"Status","code":410}');
    expect(await watchAll()).toMatchObject({ events: [], error: { code: 'KUBE_EXPIRED' } });
    server.react = (_, response) =>
      response
        .writeHead(200, JSON_TYPE)
        .write(`${event('a')}{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n`);
    // The server leaves the stream open; the events before the error count.
    expect(await watchAll()).toMatchObject({ events: [{ type: 'ADDED' }], error: { code: 'KUBE_EXPIRED' } });
    await until(() => server.connections === 0);
  });

  it('is broken when it ends in the middle of an event, after the events before', async () => {
    server.react = (_, response) => response.writeHead(200, JSON_TYPE).end(event('a') + event('b').slice(0, 30));
    expect(await watchAll()).toMatchObject({ events: [{ type: 'ADDED' }], error: { code: 'KUBE_STREAM_BROKEN' } });
  });

  it('is UNREACHABLE when the connection breaks', async () => {
    server.react = (_, response) => {
      response.writeHead(200, JSON_TYPE).write(event('a'));
      setImmediate(() => response.destroy());
    };
    expect((await watchAll()).error).toMatchObject({ code: 'KUBE_UNREACHABLE' });
  });

  it('is given up after idleMs of silence, but not while single bytes arrive (C26)', async () => {
    const line = event('a');
    server.react = (_, response) => {
      response.writeHead(200, JSON_TYPE);
      const drip = (at: number): void => {
        if (at < line.length) response.write(line[at]);
        if (at < line.length) clock.setTimer(150_000, () => drip(at + 1));
      };
      drip(0);
    };
    const watched = watchAll();
    for (let turn = 1; turn < line.length; turn += 1) {
      // Bytes travel through the kernel: time goes on only when the watchdog was wound up anew and is due after the next.
      await until(() => clock.nextTimerMs === 150_000);
      await clock.advance(150_000);
    }
    await until(() => clock.nextTimerMs === 150_000);
    await clock.advance(200_000);
    expect(await watched).toMatchObject({ events: [{ type: 'ADDED' }], error: { code: 'KUBE_WATCHDOG' } });
    await until(() => server.connections === 0);
  });

  it('refuses a line of 20 MB and ends the connection', async () => {
    server.react = (_, response) => {
      response.writeHead(200, JSON_TYPE).write('{"type":"ADDED","object":{"metadata":{"name":"');
      for (let megabyte = 0; megabyte < 20; megabyte += 1) response.write('x'.repeat(1024 * 1024));
    };
    expect((await watchAll()).error).toMatchObject({ code: 'KUBE_FRAME_TOO_LARGE' });
    await until(() => server.connections === 0);
  });

  it('throws the reason of an abort and ends the connection, before and after the headers', async () => {
    for (const answers of [false, true]) {
      const { length } = server.requests;
      server.react = (_, response) => void (answers && response.writeHead(200, JSON_TYPE).write(event('a')));
      const controller = new AbortController();
      const reason = new CastaiError('ABORTED', 'stop');
      const watched = watchAll(controller.signal);
      await until(() => server.requests.length > length && (!answers || clock.pendingTimers > 0));
      controller.abort(reason);
      expect((await watched).error).toBe(reason);
      await until(() => server.connections === 0);
    }
    expect((await watchAll(AbortSignal.abort('early'))).error).toBe('early');
  });

  it('leaves no listener on the signal of many watches', async () => {
    server.react = (_, response) => response.writeHead(200, JSON_TYPE).end(event('a'));
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => ((listeners += 1), add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => ((listeners -= 1), remove(...args));
    for (let turn = 0; turn < 5; turn += 1) expect((await watchAll(signal)).events).toHaveLength(1);
    await until(() => listeners === 0);
  });

  it('ends the connection when the loop is left', async () => {
    server.react = (_, response) => response.writeHead(200, JSON_TYPE).write(event('a'));
    const seen: WatchEvent[] = [];
    for await (const events of stream.watch(WATCH, NO_SIGNAL)) {
      seen.push(...events);
      break;
    }
    await until(() => server.connections === 0);
    expect(seen).toHaveLength(1);
  });
});

describe('an answer in another form than was asked for', () => {
  const reader = objectReader({ group: '', version: 'v1', kind: 'Pod' });
  const LIST = '{"kind":"PodList","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a"}}]}';
  const both = async (): Promise<unknown[]> => {
    const page = await stream.listPage({ ...PODS, reader }, NO_SIGNAL).catch((error: unknown) => error);
    const names: unknown[] = [];
    if (page instanceof Error) names.push(page);
    else for await (const items of (page as ListPage).items) names.push(...items.map(({ metadata }) => metadata.name));
    for await (const events of stream.watch({ ...WATCH, reader }, NO_SIGNAL))
      names.push(...events.map(({ type }) => type));
    return names;
  };

  it('is read as what it says it is: JSON where protobuf was asked for (C41)', async () => {
    server.react = ({ url }, response) =>
      response.writeHead(200, JSON_TYPE).end(url.includes('watch=1') ? event('a') : LIST);
    expect(await both()).toEqual(['a', 'ADDED']);
    expect(server.last.headers.accept).toBe('application/vnd.kubernetes.protobuf, application/json');
  });

  it('is broken when it is protobuf that nobody asked for', async () => {
    const protobuf = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    server.react = (_, response) => response.writeHead(200, protobuf).end('k8s\0');
    await expect(readPage()).rejects.toMatchObject({ code: 'KUBE_STREAM_BROKEN' });
    expect((await watchAll()).error).toMatchObject({ code: 'KUBE_STREAM_BROKEN' });
  });

  const packed = gzipSync(LIST);
  it.each([
    ['whole', packed],
    ['cut in the middle', packed.subarray(0, packed.length / 2)],
    ['of several members', Buffer.concat([packed, packed])],
  ])('is broken when it is gzip that nobody asked for, %s (C27)', async (_, bytes) => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    server.react = (__, response) => response.writeHead(200, headers).end(bytes);
    await expect(readPage()).rejects.toMatchObject({ code: 'KUBE_STREAM_BROKEN' });
    expect(await watchAll()).toMatchObject({ events: [], error: { code: 'KUBE_STREAM_BROKEN' } });
    expect(server.last.headers).not.toHaveProperty('accept-encoding');
    server.react = (__, response) => response.writeHead(410, headers).end(bytes);
    await expect(readPage()).rejects.toMatchObject({ code: 'KUBE_EXPIRED' });
  });
});

describe('credentials', () => {
  it('are read anew after a 401, and the request is repeated once', async () => {
    tokens = ['Bearer old', 'Bearer new'];
    server.react = ({ headers }, response) =>
      headers.authorization === 'Bearer new'
        ? response.writeHead(200, JSON_TYPE).end(event('a'))
        : response.writeHead(401, JSON_TYPE).end('{"kind":"Status","code":401}');
    expect(await watchAll()).toMatchObject({ events: [{ type: 'ADDED' }], error: undefined });
    expect(refreshes).toBe(1);

    tokens = ['Bearer wrong'];
    await expect(readPage()).rejects.toMatchObject({ code: 'KUBE_UNAUTHORIZED', status: 401 });
    expect(refreshes).toBe(2);
    expect(server.requests).toHaveLength(4);
  });

  it('that cannot be read are UNAUTHORIZED with the hint, and nothing is sent', async () => {
    const unreadable = new CastaiError('CREDENTIALS_UNREADABLE', 'no token in /x', { hint: 'mount it' });
    const connection = { baseUrl: server.url, proxy: 'none', environment: {} } as const;
    const limits = { connectTimeoutMs: 5000, headersTimeoutMs: 5000, keepAliveMs: 5000 };
    const broken = new KubeStream({
      credentials: {
        server: server.url,
        connection: { ...connection, ...limits },
        authorization: () => Promise.reject(unreadable),
        refresh: () => Promise.reject(unreadable),
      },
      dispatchers,
      clock: systemClock,
      userAgent: 'x',
    });
    await expect(broken.listPage(PODS, NO_SIGNAL)).rejects.toMatchObject({
      code: 'KUBE_UNAUTHORIZED',
      hint: 'mount it',
      cause: unreadable,
    });
    expect(server.requests).toEqual([]);
  });
});

describe('a path', () => {
  it('gets the prefix of the server', async () => {
    const baseUrl = new URL('/k8s/clusters/c-1/', server.url);
    const behind = new KubeStream({
      credentials: {
        server: baseUrl,
        connection: {
          baseUrl,
          proxy: 'none',
          environment: {},
          connectTimeoutMs: 1,
          headersTimeoutMs: 1,
          keepAliveMs: 1,
        },
        authorization: async () => undefined,
        refresh: async () => undefined,
      },
      dispatchers,
      clock,
      userAgent: 'x',
    });
    await expect(behind.listPage(PODS, NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_SERVER_ERROR' });
    expect(server.last.url).toBe('/k8s/clusters/c-1/api/v1/pods?limit=2');
    expect(server.last.headers).not.toHaveProperty('authorization');
  });

  it.each([
    '/api/v1/secrets',
    '/api/v1/namespaces/shop/secrets',
    '/api/v1/namespaces/a/secrets/b',
    '/api/v1/secret%73',
  ])('%s is refused without a request', async (path) => {
    await expect(readPage({ path, limit: 1 })).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(server.requests).toEqual([]);
  });

  it('of a namespace that is called secrets is none of Secrets', async () => {
    await expect(readPage({ path: '/api/v1/namespaces/secrets/pods', limit: 1 })).rejects.toMatchObject({
      code: 'KUBE_SERVER_ERROR',
    });
  });
});
