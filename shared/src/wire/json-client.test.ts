import { getEventListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { behindProxy, ConnectProxy } from '../../testing/connect-proxy.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { type Reaction, RecordingServer } from '../../testing/recording-server.ts';
import { TestAuthority } from '../../testing/test-authority.ts';
import { Secret } from '../config/secret.ts';
import { HttpAgents } from '../http/http-agents.ts';
import type { ConnectionSettings } from '../http/connection.ts';
import type { AnswerDate } from '../http/read-clock.ts';
import { ApiKey } from './api-key.ts';
import { type JsonCall, parseNothing, textOf } from './json-call.ts';
import { JsonClient } from './json-client.ts';
import type { Outcome, Verdict } from './transport.ts';
import { KnownSecrets } from '../log/known-secrets.ts';

/** In use, and quoted by a server. */
const KEY = 'abcdefghij0123456789';

/** A call whose answer has to name what was made. */
const CALL: JsonCall<string> = {
  path: '/v1/things',
  body: { name: 'home' },
  parse: (fields) => {
    const id = textOf(fields.get('id'));
    return id === undefined ? { valid: false, problem: 'a thing without an id' } : { valid: true, value: id };
  },
};
/** A call whose answer says nothing. */
const TOLD: JsonCall<undefined> = { path: '/v1/told', body: {}, parse: parseNothing };

function answering(status: number, body: string, headers: Record<string, string> = {}): Reaction {
  return (_, response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

function verdictOf(outcome: Outcome<unknown>): Verdict {
  if (outcome.ok) throw new Error('taken for a success');
  return outcome.verdict;
}

describe('JSON client', () => {
  const suite = new AsyncDisposableStack();
  const never = new AbortController().signal;
  let authority: TestAuthority;
  let stack: AsyncDisposableStack;
  let clock: ManualClock;
  let server: RecordingServer;
  let client: JsonClient;
  let dates: AnswerDate[];
  let secrets: KnownSecrets;

  const clientFor = (
    settings: Pick<ConnectionSettings, 'baseUrl'> & Partial<ConnectionSettings>,
    apiKey = new ApiKey({ value: Secret.of(KEY) }, secrets),
  ): JsonClient => {
    const limits = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, keepAliveMs: 5_000 };
    const agents = new HttpAgents({ proxy: 'none', environment: {}, ...limits, ...settings }, { clock, secrets });
    stack.defer(() => agents.close());
    return new JsonClient({
      baseUrl: settings.baseUrl,
      agents,
      apiKey,
      userAgent: 'castai-agent/1.2.3',
      clock,
      theirClock: { asked: () => (answer) => void dates.push(answer) },
    });
  };
  const bodyOfLast = (): unknown => JSON.parse(server.last.body.toString());

  beforeAll(() => {
    authority = suite.use(new TestAuthority());
  });
  afterAll(() => suite.disposeAsync());
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    clock = new ManualClock();
    dates = [];
    secrets = new KnownSecrets();
    server = stack.use(await RecordingServer.start());
    client = clientFor({ baseUrl: server.url });
  });
  afterEach(async () => {
    await stack.disposeAsync();
    if (clock.pendingTimers > 0) throw new Error('a deadline outlived its attempt');
    if (getEventListeners(never, 'abort').length > 0) throw new Error('a listener outlived its attempt');
  });

  it('reads a success as its call wants it read, and what that cannot read is no success', async () => {
    server.react = answering(200, '{"id":"written"}');
    expect(await client.call({ ...CALL, read: () => ({ id: 'read' }) }, never)).toEqual({ ok: true, value: 'read' });
    const unread = await client.call({ ...CALL, read: () => undefined }, never);
    expect(verdictOf(unread)).toMatchObject({
      kind: 'INTERFERENCE',
      detail: 'HTTP 200, a body that is no JSON object',
    });
  });

  it('quotes no secret in use, also where the sentence is cut in the middle of it', async () => {
    for (const before of ['', 'x'.repeat(285)]) {
      const body = JSON.stringify({ code: 'DENIED', message: `${before} the key ${KEY} is not valid` });
      server.react = answering(401, body);
      const { detail } = verdictOf(await client.call(CALL, never));
      expect(detail).toContain('HTTP 401 DENIED: ');
      expect(detail).not.toContain(KEY.slice(0, 4));
    }
  });

  it('has the date of every answer heard, refusals among them', async () => {
    server.react = answering(200, '{"id":"t-1"}', { date: 'Sun, 29 Nov 2026 12:00:00 GMT' });
    await client.call(CALL, never);
    server.react = answering(503, '{}', { date: 'Sun, 29 Nov 2026 12:00:00 GMT', age: '7' });
    await client.call(CALL, never);
    expect(dates).toEqual([
      { date: 'Sun, 29 Nov 2026 12:00:00 GMT' },
      { date: 'Sun, 29 Nov 2026 12:00:00 GMT', age: '7' },
    ]);
  });

  it('sends the token of the pod as it is at that moment, and goes without where there is none', async () => {
    const agents = new HttpAgents(
      {
        baseUrl: server.url,
        proxy: 'none',
        environment: {},
        connectTimeoutMs: 5_000,
        headersTimeoutMs: 5_000,
        keepAliveMs: 5_000,
      },
      { clock },
    );
    stack.defer(() => agents.close());
    const apiKey = new ApiKey({ value: Secret.of('k-1') }, new KnownSecrets());
    const tokens = ['a.first.token', 'a.second.token', undefined];
    const podToken = {
      current: () => {
        const token = tokens.shift();
        return token === undefined ? undefined : Secret.of(token);
      },
    };
    const own = new JsonClient({ baseUrl: server.url, agents, apiKey, podToken, userAgent: 'x/1', clock });
    server.react = answering(200, '{}');
    const sent: unknown[] = [];
    for (const _ of [1, 2, 3]) {
      expect(await own.call(TOLD, never)).toEqual({ ok: true, value: undefined });
      sent.push(server.last.headers['pod-token']);
    }
    expect(sent).toEqual(['a.first.token', 'a.second.token', undefined]);
  });

  it('makes the call as it stands, and takes from the answer what the call needs', async () => {
    server.react = answering(200, '{"id":"t-1","status":"ready"}');
    expect(await client.call(CALL, never)).toEqual({ ok: true, value: 't-1' });
    const { method, url, headers } = server.last;
    expect({ method, url }).toEqual({ method: 'POST', url: '/v1/things' });
    expect(headers).toMatchObject({
      'x-api-key': KEY,
      'user-agent': 'castai-agent/1.2.3',
      'content-type': 'application/json',
      'content-length': String(server.last.body.byteLength),
    });
    expect(bodyOfLast()).toEqual({ name: 'home' });
    const prefixed = clientFor({ baseUrl: new URL('/prefix/', server.url) });
    await prefixed.call(CALL, never);
    expect(server.last.url).toBe('/prefix/v1/things');
  });

  it('sends bytes as they are, with the headers of the call', async () => {
    server.react = answering(200, '{"id":"t-1"}');
    const body = Buffer.from('{"envelope":{}}');
    await client.call({ ...CALL, headers: { 'Idempotency-Key': 'i-1' }, body }, never);
    expect(server.last.headers).toMatchObject({ 'idempotency-key': 'i-1', 'content-type': 'application/json' });
    expect(server.last.body).toEqual(body);
  });

  it('asks without a body', async () => {
    server.react = answering(200, '{"id":"t-1"}');
    const { body, ...question } = CALL;
    expect(body).toBeDefined();
    expect(await client.call({ ...question, method: 'GET' }, never)).toEqual({ ok: true, value: 't-1' });
    expect([server.last.method, server.last.body.byteLength]).toEqual(['GET', 0]);
  });

  it('takes an answer for no success in which the call misses something', async () => {
    for (const body of ['{}', '{"id":7}', '']) {
      server.react = answering(200, body);
      expect(verdictOf(await client.call(CALL, never))).toMatchObject({
        kind: 'INTERFERENCE',
        detail: 'HTTP 200, a thing without an id',
      });
    }
  });

  it('takes no body at all for an answer that says nothing', async () => {
    for (const [status, body] of [
      [204, ''],
      [200, '{}'],
    ] as const) {
      server.react = answering(status, body);
      expect(await client.call(TOLD, never)).toEqual({ ok: true, value: undefined });
    }
  });

  it('takes no 2xx for a success that something in between made up, and follows no redirect', async () => {
    const f = async (input: Reaction, expected: Partial<Verdict>): Promise<void> => {
      server.react = input;
      const outcome = await client.call(TOLD, never);
      expect(verdictOf(outcome)).toMatchObject({ kind: 'INTERFERENCE', ...expected });
    };
    await f(answering(200, '<html>Sign in</html>'), { detail: 'HTTP 200, a body that is no JSON object' });
    await f(answering(200, 'null'), { detail: 'HTTP 200, a body that is no JSON object' });
    await f(answering(200, 'x'.repeat(1024 * 1024 + 1)), { detail: 'HTTP 200, a body of more than 1048576 bytes' });
    await f(answering(307, '', { location: new URL('/elsewhere', server.url).href }), {
      detail: `HTTP 307 to ${server.url.origin}`,
    });
    expect(server.requests.map(({ url }) => url)).not.toContain('/elsewhere');
  });

  it('tells what an error means, however large its body', async () => {
    server.react = answering(429, '{"message":"slow down"}', { 'retry-after': '20' });
    expect(verdictOf(await client.call(CALL, never))).toEqual({
      kind: 'UNAVAILABLE',
      status: 429,
      detail: 'HTTP 429: slow down',
      retryAfterMs: 20_000,
    });
    server.react = answering(503, 'x'.repeat(10 * 1024 * 1024));
    expect(verdictOf(await client.call(CALL, never))).toMatchObject({ kind: 'UNAVAILABLE', status: 503 });
    server.react = answering(200, '{"id":"t-1"}');
    expect((await client.call(CALL, never)).ok).toBe(true);
  });

  it('keeps its connection from one call to the next', async () => {
    server.react = answering(200, '{"id":"t-1"}');
    await client.call(CALL, never);
    server.react = answering(500, '{"message":"broken"}');
    await client.call(CALL, never);
    await client.call(CALL, never);
    expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
  });

  it('uses the new key of the file after a refusal', async () => {
    const file = authority.write('key', 'old');
    const keyed = clientFor({ baseUrl: server.url }, new ApiKey({ file }, new KnownSecrets()));
    server.react = (_, response) => {
      writeFileSync(file, 'new');
      response.writeHead(401).end();
    };
    expect(verdictOf(await keyed.call(CALL, never))).toMatchObject({
      kind: 'UNAUTHORIZED',
      keyChanged: true,
    });
    await keyed.call(CALL, never);
    expect(server.requests.map(({ headers }) => headers['x-api-key'])).toEqual(['old', 'new']);
  });

  it('gives no answer when nobody listens, the connection breaks or nothing comes within 10 s', async () => {
    server.react = (_, response) => response.socket?.resetAndDestroy();
    expect(verdictOf(await client.call(CALL, never))).toMatchObject({ failure: { kind: 'reset' } });
    server.react = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{', () => response.socket?.resetAndDestroy());
    };
    expect(verdictOf(await client.call(CALL, never))).toMatchObject({ failure: { kind: 'reset' } });

    for (const hang of [
      (): void => undefined,
      ((_, response) => void response.writeHead(200, { 'content-length': '100' }).write('{')) as Reaction,
    ]) {
      server.react = hang;
      const count = server.requests.length;
      const calling = client.call(CALL, never);
      await expect.poll(() => server.requests.length).toBe(count + 1);
      await clock.advance(10_000);
      expect(verdictOf(await calling)).toMatchObject({
        failure: { kind: 'timeout', detail: 'no complete answer within 10 s' },
      });
    }

    const url = server.url;
    await server[Symbol.asyncDispose]();
    const outcome = await clientFor({ baseUrl: url }).call(CALL, never);
    expect(verdictOf(outcome)).toMatchObject({ failure: { kind: 'refused', code: 'ECONNREFUSED' } });
  });

  it('ends at once with the reason of its signal', async () => {
    const reason = new Error('draining');
    await expect(client.call(CALL, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    server.react = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{', () => controller.abort(reason));
    };
    await expect(client.call(CALL, controller.signal)).rejects.toBe(reason);
  });

  it('reaches a platform through a proxy and with the CA of the file, and names what is missing', async () => {
    const secure = stack.use(await RecordingServer.start(authority.issue({ commonName: 'platform' })));
    const proxy = stack.use(await ConnectProxy.start());
    const baseUrl = behindProxy(secure.url);
    const caFile = authority.write('ca.pem', authority.certPem);
    const environment = { HTTPS_PROXY: proxy.url };
    secure.react = answering(200, '{"id":"t-1"}');
    const through = clientFor({ baseUrl, caFile, environment, proxy: 'environment' });
    expect((await through.call(CALL, never)).ok).toBe(true);
    expect(proxy.requests.map(({ line }) => line)).toEqual([`CONNECT ${baseUrl.host}`]);

    const distrusting = clientFor({ baseUrl, environment, proxy: 'environment' });
    expect(verdictOf(await distrusting.call(CALL, never))).toMatchObject({
      failure: { kind: 'tls' },
      hint: expect.stringContaining('TLS_CA_CERT_FILE') as string,
    });

    proxy.behaviour = 'refuse';
    const refused = clientFor({ baseUrl, caFile, environment, proxy: 'environment' });
    expect(verdictOf(await refused.call(CALL, never))).toMatchObject({ failure: { kind: 'proxy' } });
  });
});
