import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGunzip, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { type Reaction, RecordingServer } from '../../../testing/recording-server.ts';
import { Secret } from '../../config/secret.ts';
import { DispatcherSource } from '../../http/dispatcher.ts';
import type { AnswerDate } from '../../http/read-clock.ts';
import { KnownSecrets } from '../../log/known-secrets.ts';
import { ApiKey } from '../api-key.ts';
import type { Outcome, Verdict } from '../transport.ts';
import { DeltasClient } from './deltas-client.ts';

const to = { clusterId: 'c/1', token: 't-1' };
const never = new AbortController().signal;

/** In use, and quoted by a server. */
const KEY = 'abcdefghij0123456789';

function verdictOf(outcome: Outcome<unknown>): Verdict {
  if (outcome.ok) throw new Error('taken for a success');
  return outcome.verdict;
}

describe('client of agent-deltas', () => {
  let stack: AsyncDisposableStack;
  let clock: ManualClock;
  let server: RecordingServer;
  let client: DeltasClient;
  let dates: AnswerDate[];

  const clientFor = (baseUrl: URL): DeltasClient => {
    const secrets = new KnownSecrets();
    const limits = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, keepAliveMs: 5_000 };
    const dispatchers = new DispatcherSource(
      { proxy: 'none', environment: {}, ...limits, baseUrl },
      { clock, secrets },
    );
    stack.defer(() => dispatchers.close());
    const apiKey = new ApiKey({ value: Secret.of(KEY) }, secrets);
    return new DeltasClient({
      baseUrl,
      dispatchers,
      apiKey,
      userAgent: 'castai-agent/1.2.3',
      clock,
      theirClock: { asked: () => (answer) => void dates.push(answer) },
    });
  };
  /** A server that sees requests before they are whole. */
  const listen = async (serve: (request: IncomingMessage, response: ServerResponse) => void): Promise<DeltasClient> => {
    const http = createServer(serve);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    stack.defer(() => {
      http.closeAllConnections();
      http.close();
    });
    return clientFor(new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`));
  };
  const send = async (reaction: Reaction, token = 't-1'): Promise<Outcome<{ token: string }>> => {
    server.react = reaction;
    return client.send({ ...to, token }, await client.prepare(Buffer.from('{"items":[]}')), never);
  };
  const answering =
    (status: number, body = '', headers: Record<string, string> = {}): Reaction =>
    (_, response) =>
      response.writeHead(status, headers).end(body);

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    clock = new ManualClock();
    dates = [];
    server = stack.use(await RecordingServer.start());
    client = clientFor(new URL('/prefix', server.url));
  });
  afterEach(async () => {
    await stack.disposeAsync();
    if (clock.pendingTimers > 0) throw new Error('a deadline outlived its attempt');
  });

  it('quotes no secret in use, also where the sentence is cut in the middle of it', async () => {
    for (const before of ['', 'x'.repeat(285)]) {
      const body = JSON.stringify({ code: 'DENIED', message: `${before} the key ${KEY} is not valid` });
      const { detail } = verdictOf(await send(answering(401, body)));
      expect(detail).toContain('HTTP 401 DENIED: ');
      expect(detail).not.toContain(KEY.slice(0, 4));
    }
  });

  it('has the date of every answer heard, refusals among them', async () => {
    await send(answering(503, '', { date: 'Sun, 29 Nov 2026 12:00:00 GMT' }));
    expect(dates).toEqual([{ date: 'Sun, 29 Nov 2026 12:00:00 GMT' }]);
  });

  it('sends a delta compressed, with the token of the one before, and gives the next token', async () => {
    expect(await send(answering(204, '', { 'continuity-token': 't-2' }))).toEqual({
      ok: true,
      value: { token: 't-2' },
    });
    const { method, url, headers, body } = server.last;
    expect({ method, url }).toEqual({ method: 'POST', url: '/prefix/v1/kubernetes/clusters/c%2F1/agent-deltas' });
    expect(headers).toMatchObject({
      'x-api-key': KEY,
      'user-agent': 'castai-agent/1.2.3',
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'continuity-token': 't-1',
    });
    expect(gunzipSync(body).toString()).toBe('{"items":[]}');
  });

  it('takes a token for an answer of the platform, whatever words are beside it', async () => {
    for (const body of ['ok', 'accepted\n', '"ok"', 'x'.repeat(100_000)]) {
      expect(await send(answering(200, body, { 'continuity-token': 't-2' }))).toEqual({
        ok: true,
        value: { token: 't-2' },
      });
    }
  });

  it('sends the header also where no token is known, and takes an answer without one then', async () => {
    expect(await send(answering(200, '{}'), '')).toEqual({ ok: true, value: { token: '' } });
    expect(server.last.headers['continuity-token']).toBe('');
  });

  it('knows the refusal of a token by its text, whatever the status and the rest', async () => {
    const refusals: [number, string][] = [
      [400, '{"message":"invalid continuity token","code":3}'],
      [500, 'rpc error: invalid continuity token'],
    ];
    for (const [status, body] of refusals) {
      expect(verdictOf(await send(answering(status, body)))).toEqual({
        kind: 'UNKNOWN_EPOCH',
        status,
        detail: `HTTP ${status}: invalid continuity token`,
        hint: expect.stringContaining('another agent sends for this cluster') as string,
      });
    }
  });

  it('tells a cluster that is not known any more from a path that nobody serves', async () => {
    expect(verdictOf(await send(answering(404, '{"code":5,"message":"cluster not found"}')))).toMatchObject({
      kind: 'UNKNOWN_CLUSTER',
    });
    const page = await send(answering(404, '<html>', { 'content-type': 'text/html' }));
    expect(verdictOf(page)).toMatchObject({ kind: 'INTERFERENCE', status: 404, isPage: true });
    expect(verdictOf(await send(answering(404)))).not.toHaveProperty('isPage');
  });

  it('takes no page, redirect or answer without a token for the platform', async () => {
    const f = async (reaction: Reaction, detail: string): Promise<void> => {
      expect(verdictOf(await send(reaction))).toMatchObject({ kind: 'INTERFERENCE', detail });
    };
    await f(answering(200, '<html>Sign in</html>', { 'continuity-token': 't-2' }), 'HTTP 200, a body that is no JSON');
    await f(
      answering(200, 'welcome', { 'continuity-token': 't-2', 'content-type': 'text/html; charset=utf-8' }),
      'HTTP 200, a body that is no JSON',
    );
    await f(answering(200, 'welcome', { 'continuity-token': '' }), 'HTTP 200, a body that is no JSON');
    await f(answering(204), 'HTTP 204, an answer without a continuity token');
    await f(
      answering(307, '', { location: new URL('/elsewhere', server.url).href }),
      `HTTP 307 to ${server.url.origin}`,
    );
    expect(server.requests.map(({ url }) => url)).not.toContain('/elsewhere');
  });

  it('says what other answers mean', async () => {
    expect(verdictOf(await send(answering(413)))).toMatchObject({ kind: 'TOO_LARGE' });
    expect(verdictOf(await send(answering(429, '', { 'retry-after': '7' })))).toMatchObject({
      kind: 'UNAVAILABLE',
      retryAfterMs: 7_000,
    });
    expect(verdictOf(await send(answering(401)))).toMatchObject({ kind: 'UNAUTHORIZED' });
    expect(verdictOf(await send(answering(400, '{"message":"no"}')))).toMatchObject({ kind: 'REJECTED' });
    expect(verdictOf(await send((_, response) => response.socket?.resetAndDestroy()))).toMatchObject({
      kind: 'NO_ANSWER',
    });
  });

  it('hands a stream over while it is written, without a length, and ends it whole', async () => {
    const seen: string[] = [];
    let onSeen = (): void => {};
    const streaming = await listen((request, response) => {
      seen.push(request.headers['transfer-encoding'] ?? '', String(request.headers['content-length']));
      request
        .pipe(createGunzip())
        .on('data', (chunk: Buffer) => {
          seen.push(chunk.toString());
          onSeen();
        })
        .on('end', () => response.writeHead(204, { 'continuity-token': 't-2' }).end());
    });
    const stream = streaming.stream(to, never);
    await stream.write(Buffer.from('{"items":['));
    const arrived = new Promise<void>((resolve) => {
      onSeen = resolve;
    });
    stream.keepAlive();
    await arrived;
    expect(seen).toEqual(['chunked', 'undefined', '{"items":[\n']);
    await stream.write(Buffer.from(']}'));
    stream.end();
    stream.end();
    expect(await stream.outcome).toEqual({ ok: true, value: { token: 't-2' } });
    expect(seen.join('')).toBe('chunkedundefined{"items":[\n]}');
    expect(stream.bytes).toBeGreaterThan(20);
    await stream.write(Buffer.from('nobody reads this'));
    stream.keepAlive();
  });

  it('hears an answer that comes before the end, and lets whoever writes go on', async () => {
    const refusing = await listen((_, response) => response.writeHead(401).end());
    const stream = refusing.stream(to, never);
    const writing = (async () => {
      for (let index = 0; index < 200; index++) await stream.write(Buffer.alloc(100_000, index));
    })();
    const verdict = verdictOf(await stream.outcome);
    // The answer, or the connection that the server has closed on us: both are ends that are heard at once.
    expect(['UNAUTHORIZED', 'NO_ANSWER']).toContain(verdict.kind);
    await writing;
  });

  it('says of a snapshot that is too large that it cannot be cut, also when that is said in the middle of it', async () => {
    // As proxies do it: they answer at their bound, and read on for a while so that the answer is heard.
    const bounded = await listen((request, response) => {
      let bytes = 0;
      request.on('error', () => undefined);
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength;
        if (bytes > 100_000 && !response.headersSent) response.writeHead(413).end('<html>');
      });
    });
    const stream = bounded.stream(to, never);
    const writing = (async () => {
      for (let index = 0; index < 20; index++) await stream.write(randomBytes(100_000));
    })();
    expect(verdictOf(await stream.outcome)).toMatchObject({
      kind: 'TOO_LARGE',
      hint: expect.stringContaining('cannot be cut') as string,
    });
    await writing;
  });

  it('leaves nothing that could be read as whole when it is cut', async () => {
    const control = new AbortController();
    const reason = new Error('a fresh one');
    const isComplete = Promise.withResolvers<boolean>();
    const streaming = await listen((request) => {
      request.on('error', () => undefined);
      request.on('close', () => isComplete.resolve(request.complete));
      const gunzip = request.pipe(createGunzip()).on('error', () => undefined);
      gunzip.once('data', () => control.abort(reason));
    });
    const stream = streaming.stream(to, control.signal);
    await stream.write(Buffer.from('{"items":['));
    stream.keepAlive();
    await expect(stream.outcome).rejects.toBe(reason);
    expect(await isComplete.promise).toBe(false);
  });

  it('ends a stream of which nobody takes a byte', async () => {
    const deaf = await listen((request) => void request.pause());
    const stream = deaf.stream(to, never);
    // More than the buffers of both ends of a connection hold; random bytes do not shrink.
    const filling = (async () => {
      for (let index = 0; index < 400; index++) await stream.write(randomBytes(200_000));
    })();
    // The deadline of all, and that of the byte.
    await expect.poll(() => clock.pendingTimers, { timeout: 60_000 }).toBe(2);
    await clock.advance(120_000);
    expect(verdictOf(await stream.outcome)).toMatchObject({ failure: { kind: 'timeout' } });
    await filling;
  });

  it('waits longer for the answer to more bytes, and not for ever', async () => {
    let onWhole = (): void => {};
    const silent = await listen((request) => void request.resume().on('end', () => onWhole()));
    const whole = new Promise<void>((resolve) => {
      onWhole = resolve;
    });
    const stream = silent.stream(to, never);
    await stream.write(Buffer.from('{}'));
    stream.end();
    await whole;
    let isSettled = false;
    const settled = stream.outcome.finally(() => {
      isSettled = true;
    });
    await clock.advance(200_000);
    expect(isSettled).toBe(false);
    await clock.advance(50_000);
    expect(verdictOf(await settled)).toMatchObject({ failure: { kind: 'timeout' } });
  });

  it('learns nothing of the line from a small snapshot that nobody answers: the next one is not waited for any longer', async () => {
    let onWhole = (): void => {};
    const silent = await listen((request) => void request.resume().on('end', () => onWhole()));
    for (let turn = 0; turn < 4; turn += 1) {
      const whole = new Promise<void>((resolve) => {
        onWhole = resolve;
      });
      const stream = silent.stream(to, never);
      await stream.write(Buffer.from('{}'));
      stream.end();
      await whole;
      await clock.advance(241_000);
      // The deadlines of an attempt that goes on would still be there.
      await expect.poll(() => [turn, clock.pendingTimers], { timeout: 20_000 }).toEqual([turn, 0]);
      expect(verdictOf(await stream.outcome)).toMatchObject({ failure: { kind: 'timeout' } });
    }
  });
});
