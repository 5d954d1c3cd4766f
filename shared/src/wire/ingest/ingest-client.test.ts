import { getEventListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { behindProxy, ConnectProxy } from '../../../testing/connect-proxy.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { type Reaction, RecordingServer } from '../../../testing/recording-server.ts';
import { TestAuthority } from '../../../testing/test-authority.ts';
import { Secret } from '../../config/secret.ts';
import type { ConnectionSettings } from '../../http/connection.ts';
import { DispatcherSource } from '../../http/dispatcher.ts';
import type { AnswerDate } from '../../http/read-clock.ts';
import { ApiKey } from '../api-key.ts';
import { DICTIONARY, DICTIONARY_HEADER, DICTIONARY_NAME } from './dictionary.ts';
import { IngestClient } from './ingest-client.ts';
import type { Ack, Batch, OpenRequest, OpenResponse } from './ingest-messages.ts';
import {
  decodeBatch,
  decodeOpenRequest,
  encodeAck,
  encodeBatch,
  encodeOpenResponse,
  INGEST_CONTENT_TYPE,
} from './ingest-wire.ts';
import type { Outcome, Verdict } from '../transport.ts';
import type { PreparedBatch } from './ingest-transport.ts';
import { KnownSecrets } from '../../log/known-secrets.ts';

/** In use, and quoted by a server. */
const KEY = 'abcdefghij0123456789';

const batch: Batch = {
  epoch: 7,
  seq: 3,
  sentAtMs: 1_790_000_000_000,
  entries: [
    { type: 'delete', feedId: 1, uid: 'u1', namespace: 'shop', name: 'cart', resourceVersion: '9', observedAtMs: 5 },
    { type: 'progress', feedId: 1, resourceVersion: '9' },
  ],
};
const ack: Ack = { epoch: 7, receivedSeq: 3, processedSeq: 2, entryCount: 2, directives: [], rejections: [] };
const openRequest: OpenRequest = {
  instanceId: 'i',
  clusterUid: 'c',
  agentVersion: '1.2.3',
  kubernetesVersion: 'v1.36.3',
  feeds: [],
  encodings: ['JSON'],
};
const openResponse: OpenResponse = {
  epoch: 7,
  resume: [{ feedId: 1, resourceVersion: '9' }],
  limits: { maxBatchBytes: 1, heartbeatMs: 2, minBatchIntervalMs: 3 },
  directives: [],
};

/** Answers every request with this status, body and headers; bytes are protobuf, text is not. */
function answering(status: number, body: string | Uint8Array, headers: Record<string, string> = {}): Reaction {
  const type = typeof body === 'string' ? 'application/json' : INGEST_CONTENT_TYPE;
  return (_, response) => response.writeHead(status, { 'content-type': type, ...headers }).end(body);
}

function verdictOf(outcome: Outcome<unknown>): Verdict {
  if (outcome.ok) throw new Error('taken for a success');
  return outcome.verdict;
}

describe('ingest client', () => {
  const suite = new AsyncDisposableStack();
  const never = new AbortController().signal;
  let stack: AsyncDisposableStack;
  let clock: ManualClock;
  let server: RecordingServer;
  let client: IngestClient;
  let dates: AnswerDate[];
  let secrets: KnownSecrets;
  let prepared: PreparedBatch;
  let authority: TestAuthority;

  beforeAll(() => {
    authority = suite.use(new TestAuthority());
  });
  afterAll(() => suite.disposeAsync());

  const clientFor = (
    settings: Pick<ConnectionSettings, 'baseUrl'> & Partial<ConnectionSettings>,
    apiKey = new ApiKey({ value: Secret.of(KEY) }, secrets),
  ): IngestClient => {
    const limits = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, keepAliveMs: 5_000 };
    const dispatchers = new DispatcherSource(
      { proxy: 'none', environment: {}, ...limits, ...settings },
      { clock, secrets },
    );
    stack.defer(() => dispatchers.close());
    return new IngestClient({
      baseUrl: settings.baseUrl,
      dispatchers,
      apiKey,
      userAgent: 'castai-agent/1.2.3',
      clock,
      theirClock: { asked: () => (answer) => void dates.push(answer) },
    });
  };
  /** A server below HTTP, for what no HTTP server does on purpose. */
  const listenTcp = async (serve: (socket: Socket) => void): Promise<URL> => {
    const sockets = new Set<Socket>();
    const tcp: Server = createTcpServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      serve(socket);
    });
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    stack.defer(() => {
      for (const socket of sockets) socket.destroy();
      tcp.close();
    });
    return new URL(`http://127.0.0.1:${(tcp.address() as AddressInfo).port}`);
  };

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    clock = new ManualClock();
    dates = [];
    secrets = new KnownSecrets();
    server = stack.use(await RecordingServer.start());
    client = clientFor({ baseUrl: server.url });
    prepared = await client.prepare(batch);
  });
  afterEach(async () => {
    await stack.disposeAsync();
    if (clock.pendingTimers > 0) throw new Error('a deadline outlived its attempt');
    if (getEventListeners(never, 'abort').length > 0) throw new Error('a listener outlived its attempt');
  });

  it('sends a batch as the protocol says and gives back its ack', async () => {
    server.react = answering(200, encodeAck(ack));
    expect(await client.send('cluster 1/x', prepared, never)).toEqual({ ok: true, value: ack });

    const { method, url, headers, body } = server.last;
    expect({ method, url }).toEqual({ method: 'POST', url: '/v2/clusters/cluster%201%2Fx/ingest/batches' });
    expect(headers).toMatchObject({
      'x-api-key': KEY,
      'user-agent': 'castai-agent/1.2.3',
      'content-type': 'application/vnd.castai.ingest.v2+protobuf',
      'content-encoding': 'zstd',
      'content-length': String(prepared.bytes.byteLength),
    });
    expect(headers).not.toHaveProperty('transfer-encoding');
    expect(decodeBatch(zstdDecompressSync(body))).toEqual(batch);
    expect(prepared).toMatchObject({ epoch: 7, seq: 3, entryCount: 2, rawBytes: encodeBatch(batch).byteLength });
  });

  it('quotes no secret in use, also where the sentence is cut in the middle of it', async () => {
    for (const before of ['', 'x'.repeat(285)]) {
      const body = JSON.stringify({ code: 'DENIED', message: `${before} the key ${KEY} is not valid` });
      server.react = answering(401, body);
      const { detail } = verdictOf(await client.send('c', prepared, never));
      expect(detail).toContain('HTTP 401 DENIED: ');
      expect(detail).not.toContain(KEY.slice(0, 4));
    }
  });

  it('has the date of every answer heard, refusals among them', async () => {
    server.react = answering(503, '', { date: 'Sun, 29 Nov 2026 12:00:00 GMT' });
    await client.send('c', prepared, never);
    expect(dates).toEqual([{ date: 'Sun, 29 Nov 2026 12:00:00 GMT' }]);
  });

  it('takes a batch outside of a session, and a call without a cluster, for bugs', async () => {
    await expect(client.prepare({ ...batch, seq: 0 })).rejects.toThrow('BUG: a batch 0 of epoch 7');
    await expect(client.prepare({ ...batch, epoch: 0 })).rejects.toThrow('BUG: a batch 3 of epoch 0');
    await expect(client.send('', prepared, never)).rejects.toThrow('BUG: batches of a cluster that is not registered');
  });

  it('opens a session under the path prefix of the address', async () => {
    server.react = answering(200, encodeOpenResponse(openResponse));
    const prefixed = clientFor({ baseUrl: new URL('/gateway/', server.url) });
    expect(await prefixed.open('c', openRequest, never)).toEqual({ ok: true, value: openResponse });
    expect(server.last.url).toBe('/gateway/v2/clusters/c/ingest/open');
    expect(decodeOpenRequest(zstdDecompressSync(server.last.body))).toEqual(openRequest);
  });

  it('sends the very same bytes again and keeps the connection', async () => {
    server.react = answering(503, '{"code":"BUSY","message":"later"}', { 'retry-after': '7' });
    const first = verdictOf(await client.send('c', prepared, never));
    expect(first).toEqual({ kind: 'UNAVAILABLE', status: 503, detail: 'HTTP 503 BUSY: later', retryAfterMs: 7_000 });
    server.react = answering(200, encodeAck(ack));
    // undici gives a connection back one turn of the event loop after its answer.
    await new Promise((resolve) => setImmediate(resolve));
    expect((await client.send('c', prepared, never)).ok).toBe(true);
    const [one, two] = server.requests;
    expect(two?.body.equals(one?.body ?? Buffer.alloc(0))).toBe(true);
    expect(two?.port).toBe(one?.port);
  });

  it('compresses a large batch on the pool into the same batch', async () => {
    const body = new TextEncoder().encode(`{"spec":"${'x'.repeat(200_000)}"}`);
    const large: Batch = {
      ...batch,
      entries: [{ ...batch.entries[0], type: 'upsert', encoding: 'JSON', body } as Batch['entries'][number]],
    };
    const { bytes, rawBytes } = await client.prepare(large);
    expect(zstdDecompressSync(bytes).equals(encodeBatch(large))).toBe(true);
    expect(rawBytes).toBeGreaterThan(200_000);
  });

  it('falls back to gzip after a 415, for batches and for opens, and does not leave gzip again', async () => {
    server.react = answering(415, '');
    expect(verdictOf(await client.send('c', prepared, never))).toMatchObject({
      kind: 'UNSUPPORTED_ENCODING',
      next: 'gzip',
    });
    const again = await client.prepare(batch);
    expect(again.encoding).toBe('gzip');
    expect(verdictOf(await client.send('c', again, never))).not.toHaveProperty('next');
    server.react = answering(200, encodeAck(ack));
    expect((await client.send('c', await client.prepare(batch), never)).ok).toBe(true);
    expect(server.last.headers['content-encoding']).toBe('gzip');
    expect(decodeBatch(gunzipSync(server.last.body))).toEqual(batch);
    await client.open('c', openRequest, never);
    expect(server.last.headers['content-encoding']).toBe('gzip');
  });

  it('uses the dictionary that an open has named, until it is refused, and then never again', async () => {
    const opened = answering(200, encodeOpenResponse(openResponse), { [DICTIONARY_HEADER]: DICTIONARY_NAME });
    expect((await client.prepare(batch)).encoding).toBe('zstd');
    server.react = opened;
    await client.open('c', openRequest, never);
    expect(server.last.headers['content-encoding']).toBe('zstd');
    const small = await client.prepare(batch);
    server.react = answering(200, encodeAck(ack));
    expect((await client.send('c', small, never)).ok).toBe(true);
    expect([small.encoding, server.last.headers['content-encoding']]).toEqual(['dcz', 'dcz']);
    const frames = zstdDecompressSync(server.last.body.subarray(40), { dictionary: DICTIONARY });
    expect(decodeBatch(frames)).toEqual(batch);
    expect(await client.unpack(small)).toEqual(batch.entries);

    server.react = answering(403, '<html>no</html>');
    expect(verdictOf(await client.send('c', small, never))).toMatchObject({ next: 'zstd' });
    server.react = opened;
    await client.open('c', openRequest, never);
    expect((await client.prepare(batch)).encoding).toBe('zstd');
  });

  it('goes without the dictionary where an open names another one, or none any more', async () => {
    const named = async (headers: Record<string, string>): Promise<string> => {
      server.react = answering(200, encodeOpenResponse(openResponse), headers);
      await client.open('c', openRequest, never);
      return (await client.prepare(batch)).encoding;
    };
    expect(await named({ [DICTIONARY_HEADER]: DICTIONARY_NAME })).toBe('dcz');
    expect(await named({})).toBe('zstd');
    expect(await named({ [DICTIONARY_HEADER]: `:${Buffer.alloc(32).toString('base64')}:` })).toBe('zstd');
    expect(await named({ [DICTIONARY_HEADER]: DICTIONARY_NAME })).toBe('dcz');
    // gzip is for where zstd is refused as such.
    server.react = answering(415, '');
    await client.open('c', openRequest, never);
    expect((await client.prepare(batch)).encoding).toBe('gzip');
  });

  it('takes nothing for an ack that does not echo epoch, seq and entry count', async () => {
    const f = async (input: Partial<Ack>, expected: string): Promise<void> => {
      server.react = answering(200, encodeAck({ ...ack, ...input }));
      expect(verdictOf(await client.send('c', prepared, never))).toMatchObject({
        kind: 'INTERFERENCE',
        ackMismatch: true,
        detail: `HTTP 200, an ack of ${expected} for epoch 7, seq 3, 2 entries`,
      });
    };
    await f({ epoch: 6 }, 'epoch 6, seq 3, 2 entries');
    await f({ receivedSeq: 2 }, 'epoch 7, seq 2, 2 entries');
    await f({ receivedSeq: 4 }, 'epoch 7, seq 4, 2 entries');
    await f({ entryCount: 0 }, 'epoch 7, seq 3, 0 entries');
  });

  it('takes no 2xx for a success that something in between made up', async () => {
    const f = async (input: Reaction, expected: string): Promise<void> => {
      server.react = input;
      const verdicts = [await client.send('c', prepared, never), await client.open('c', openRequest, never)].map(
        verdictOf,
      );
      for (const verdict of verdicts) {
        expect(verdict).toMatchObject({ kind: 'INTERFERENCE', ackMismatch: false, detail: expected });
      }
    };
    await f(
      answering(200, '<html>Sign in</html>', { 'content-type': 'text/html' }),
      'HTTP 200, a body that is not of the ingest protocol',
    );
    await f(answering(204, ''), 'HTTP 204, a body that is not of the ingest protocol');
    await f(answering(200, '{}'), 'HTTP 200, a body that is not of the ingest protocol');
    await f(answering(200, new Uint8Array([0x22, 0x05, 0x01])), 'HTTP 200, a body that cannot be decoded');
    await f(answering(200, new Uint8Array(1024 * 1024 + 1)), 'HTTP 200, a body of more than 1048576 bytes');
  });

  it('takes an empty body for no session', async () => {
    server.react = answering(200, new Uint8Array());
    expect(verdictOf(await client.open('c', openRequest, never)).detail).toBe(
      'HTTP 200, an open response without an epoch',
    );
  });

  it('does not follow a redirect', async () => {
    server.react = answering(307, '', { location: new URL('/elsewhere?token=t', server.url).href });
    const verdict = verdictOf(await client.send('c', prepared, never));
    expect(verdict).toMatchObject({ kind: 'INTERFERENCE', detail: `HTTP 307 to ${server.url.origin}` });
    expect(server.requests).toHaveLength(1);
  });

  it('understands the platform’s error bodies', async () => {
    const f = async (input: [status: number, body: string], expected: Partial<Verdict>): Promise<void> => {
      server.react = answering(...input);
      expect(verdictOf(await client.send('c', prepared, never))).toMatchObject(expected);
    };
    await f([409, '{"code":"FENCED","message":"by epoch 8"}'], {
      kind: 'FENCED',
      detail: 'HTTP 409 FENCED: by epoch 8',
    });
    await f([409, '{"code":"NOT_LEADER","message":""}'], { kind: 'NOT_LEADER' });
    await f([409, '{"code":"GAP","message":"","expectedSeq":2}'], { kind: 'GAP', expectedSeq: 2 });
    await f([409, '{"code":"UNKNOWN_EPOCH","message":""}'], { kind: 'UNKNOWN_EPOCH' });
    await f([409, '<html>Conflict</html>'], { kind: 'INTERFERENCE' });
    await f([404, '{"code":"UNKNOWN_CLUSTER","message":""}'], { kind: 'UNKNOWN_CLUSTER' });
    await f([404, '404 page not found'], { kind: 'INTERFERENCE' });
    await f([413, 'Request Entity Too Large'], { kind: 'TOO_LARGE' });
    await f([422, '{"code":"BAD_ENTRY","message":"entry 1"}'], { kind: 'REJECTED', byPlatform: true });
    await f([502, '<html>Bad Gateway</html>'], {
      kind: 'UNAVAILABLE',
      detail: 'HTTP 502 without an error body of the platform',
    });
  });

  it('reads no more of an error body than 64 KiB, and still tells its meaning', async () => {
    let closed = false;
    server.react = (_, response) => {
      response.writeHead(503, { 'retry-after': '1' });
      response.on('close', () => (closed = true));
      const pour = (): void => {
        if (response.write('x'.repeat(16_384))) setImmediate(pour);
        else response.once('drain', pour);
      };
      pour();
    };
    const verdict = verdictOf(await client.send('c', prepared, never));
    expect(verdict).toMatchObject({ kind: 'UNAVAILABLE', status: 503, retryAfterMs: 1_000 });
    await expect.poll(() => closed).toBe(true);
    server.react = answering(200, encodeAck(ack));
    expect((await client.send('c', prepared, never)).ok).toBe(true);
  });

  it('reads the key file again after a refusal and uses the new key', async () => {
    const file = authority.write('key', 'old');
    const keyed = clientFor({ baseUrl: server.url }, new ApiKey({ file }, new KnownSecrets()));
    server.react = ({ headers }, response) => {
      const accepted = headers['x-api-key'] === 'new';
      return accepted ? answering(200, encodeAck(ack))({} as never, response) : response.writeHead(401).end();
    };
    expect(verdictOf(await keyed.send('c', prepared, never))).toMatchObject({
      kind: 'UNAUTHORIZED',
      keyChanged: false,
    });
    writeFileSync(file, 'new');
    expect((await keyed.send('c', prepared, never)).ok).toBe(true);
  });

  it('says with a refusal that the key has changed meanwhile, or that its file is broken', async () => {
    const file = authority.write('key', 'old');
    const keyed = clientFor({ baseUrl: server.url }, new ApiKey({ file }, new KnownSecrets()));
    const refuseAfterWriting =
      (content: string): Reaction =>
      (_, response) => {
        writeFileSync(file, content);
        response.writeHead(401).end();
      };
    server.react = refuseAfterWriting('new');
    expect(verdictOf(await keyed.send('c', prepared, never))).toMatchObject({ kind: 'UNAUTHORIZED', keyChanged: true });
    server.react = refuseAfterWriting('');
    const broken = verdictOf(await keyed.send('c', prepared, never));
    expect(broken).toMatchObject({ kind: 'UNAUTHORIZED', keyChanged: false });
    expect(broken.detail).toContain(`the key file ${file} is empty`);
  });

  it('gives no answer when nobody listens', async () => {
    const url = server.url;
    await server[Symbol.asyncDispose]();
    const verdict = verdictOf(await clientFor({ baseUrl: url }).send('c', prepared, never));
    expect(verdict).toMatchObject({ kind: 'NO_ANSWER', failure: { kind: 'refused', code: 'ECONNREFUSED' } });
  });

  it('gives no answer when the connection ends before the answer or inside it', async () => {
    const f = async (input: (socket: Socket) => void, expected: string[]): Promise<void> => {
      const baseUrl = await listenTcp((socket) => socket.once('data', () => input(socket)));
      const verdict = verdictOf(await clientFor({ baseUrl }).send('c', prepared, never));
      if (verdict.kind !== 'NO_ANSWER') throw new Error(`verdict ${verdict.kind}`);
      expect(expected).toContain(verdict.failure.kind);
    };
    const head = `HTTP/1.1 200 OK\r\ncontent-type: ${INGEST_CONTENT_TYPE}\r\ncontent-length: 100\r\n\r\nhalf`;
    await f((socket) => socket.resetAndDestroy(), ['reset']);
    await f((socket) => socket.end(), ['closed']);
    await f((socket) => socket.end(head), ['closed', 'reset']);
    await f((socket) => socket.write(head, () => socket.resetAndDestroy()), ['closed', 'reset']);
    await f((socket) => socket.end('this is not HTTP\r\n\r\n'), ['other']);
  });

  it('gives up after 30 s plus the time that the body needs at 32 KiB/s, whether headers or body are missing', async () => {
    const hangs: Reaction[] = [
      () => undefined,
      (_, response) => {
        response.writeHead(200, { 'content-type': INGEST_CONTENT_TYPE, 'content-length': '100' }).write('half');
      },
    ];
    for (const hang of hangs) {
      server.react = hang;
      const bytes = new Uint8Array(64 * 1024);
      const count = server.requests.length;
      const sending = clientFor({ baseUrl: server.url }).send('c', { ...prepared, bytes }, never);
      await expect.poll(() => server.requests.length).toBe(count + 1);
      await clock.advance(31_999);
      expect(clock.pendingTimers).toBe(1);
      await clock.advance(1);
      expect(verdictOf(await sending)).toMatchObject({
        kind: 'NO_ANSWER',
        failure: { kind: 'timeout', detail: 'no complete answer within 32 s' },
      });
    }
  });

  it('waits longer for the same bytes where an attempt was too short for them: the line may be slower than was thought (C66)', async () => {
    server.react = () => undefined;
    const large = { ...prepared, bytes: new Uint8Array(64 * 1024) };
    const details: string[] = [];
    for (const seconds of [32, 34, 38]) {
      const count = server.requests.length;
      const sending = client.send('c', large, never);
      await expect.poll(() => server.requests.length).toBe(count + 1);
      await clock.advance(seconds * 1000);
      details.push(verdictOf(await sending).detail);
    }
    expect(details.map((detail) => /within (\d+ s)/u.exec(detail)?.[1])).toEqual(['32 s', '34 s', '38 s']);
  });

  it('passes over informational answers to the final one', async () => {
    const head = `HTTP/1.1 200 OK\r\ncontent-type: ${INGEST_CONTENT_TYPE}\r\n`;
    const body = Buffer.from(encodeAck(ack));
    const baseUrl = await listenTcp((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n');
        socket.write(Buffer.concat([Buffer.from(`${head}content-length: ${body.byteLength}\r\n\r\n`), body]));
      }),
    );
    expect(await clientFor({ baseUrl }).send('c', prepared, never)).toEqual({ ok: true, value: ack });
  });

  it('is not cut by the connection’s limit for headers, into which a slow upload would count', async () => {
    server.react = (request, response) => void setTimeout(answering(200, encodeAck(ack)), 1_500, request, response);
    // The answer comes late enough for undici's coarse timers, which would fire within a second.
    const patient = clientFor({ baseUrl: server.url, headersTimeoutMs: 1 });
    expect((await patient.send('c', prepared, never)).ok).toBe(true);
  });

  it('ends at once with the reason of its signal, before, during and after sending', async () => {
    const reason = new Error('draining');
    await expect(client.send('c', prepared, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(server.requests).toHaveLength(0);

    server.react = () => undefined;
    const controller = new AbortController();
    const sending = client.send('c', prepared, controller.signal);
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort(reason);
    await expect(sending).rejects.toBe(reason);

    const midBody = new AbortController();
    server.react = (_, response) => {
      response.writeHead(200, { 'content-type': INGEST_CONTENT_TYPE, 'content-length': '100' });
      response.write('half', () => midBody.abort(reason));
    };
    await expect(client.send('c', prepared, midBody.signal)).rejects.toBe(reason);
  });

  it('reaches a platform through a proxy and with the CA of the file, and names what is missing', async () => {
    const secure = stack.use(await RecordingServer.start(authority.issue({ commonName: 'platform' })));
    const proxy = stack.use(await ConnectProxy.start());
    const baseUrl = behindProxy(secure.url);
    const caFile = authority.write('ca.pem', authority.certPem);
    const environment = { HTTPS_PROXY: proxy.url };
    secure.react = answering(200, encodeAck(ack));
    const through = clientFor({ baseUrl, caFile, environment, proxy: 'environment' });
    expect(await through.send('c', prepared, never)).toEqual({ ok: true, value: ack });
    expect(proxy.requests.map(({ line }) => line)).toEqual([`CONNECT ${baseUrl.host}`]);

    const distrusting = clientFor({ baseUrl, environment, proxy: 'environment' });
    expect(verdictOf(await distrusting.send('c', prepared, never))).toMatchObject({
      kind: 'NO_ANSWER',
      failure: { kind: 'tls' },
      hint: expect.stringContaining('TLS_CA_CERT_FILE') as string,
    });

    proxy.behaviour = 'refuse';
    const refused = clientFor({ baseUrl, caFile, environment, proxy: 'environment' });
    expect(verdictOf(await refused.send('c', prepared, never))).toMatchObject({
      kind: 'NO_ANSWER',
      failure: { kind: 'proxy' },
      hint: expect.stringContaining('NO_PROXY') as string,
    });
  });

  it('asks for proxy credentials when the proxy does', async () => {
    const proxy = createServer();
    proxy.on('connect', (_, socket) =>
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n'),
    );
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    stack.defer(() => void proxy.close());
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    const baseUrl = new URL('https://platform.test');
    const outcome = await clientFor({ baseUrl, environment, proxy: 'environment' }).send('c', prepared, never);
    expect(verdictOf(outcome)).toMatchObject({
      kind: 'NO_ANSWER',
      failure: { kind: 'proxy' },
      hint: 'the proxy wants credentials: put user and password into HTTPS_PROXY',
    });
  });

  it('shows neither key nor batch in what it returns', async () => {
    const texts: string[] = [];
    for (const react of [answering(401, KEY), answering(400, 'cart'), answering(500, ''), answering(302, '')]) {
      server.react = react;
      texts.push(JSON.stringify(await client.send('c', prepared, never)));
    }
    expect(texts.join('\n')).not.toMatch(/abcdef|cart/);
  });
});
