import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { RecordingServer } from '../../testing/recording-server.ts';
import { exchange, type ExchangeRequest, openExchange } from './exchange.ts';
import { HttpAgents } from './http-agents.ts';

const LIMITS = { successBytes: 1000, errorBytes: 10 };
const KEY = 'k-secret';

describe('an exchange', () => {
  let stack: AsyncDisposableStack;
  let server: RecordingServer;
  let agents: HttpAgents;
  let stop: AbortController;

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    stop = new AbortController();
    server = stack.use(await RecordingServer.start());
    const limits = { connectTimeoutMs: 5000, headersTimeoutMs: 5000, keepAliveMs: 5000 };
    // The proxy variable of the process must not count, only what was decided for this destination.
    agents = new HttpAgents(
      { baseUrl: server.url, proxy: 'none', environment: { HTTP_PROXY: 'http://127.0.0.1:1' }, ...limits },
      { clock: new ManualClock() },
    );
    stack.defer(() => agents.close());
  });
  afterEach(async () => {
    await stack.disposeAsync();
    if (getEventListeners(stop.signal, 'abort').length > 0) throw new Error('a listener outlived its request');
  });

  const to = (path: string, more: Partial<ExchangeRequest> = {}): ExchangeRequest => ({
    agents,
    url: `${server.url.origin}${path}`,
    headers: { 'x-api-key': KEY },
    ...more,
  });
  const textOf = ({ bytes }: { bytes: Uint8Array }): string => Buffer.from(bytes).toString('utf8');

  it('sends what it was told, and gives status, headers and body', async () => {
    server.react = (_, response) => response.writeHead(201, { 'X-Told': 'yes' }).end('made');
    const body = new Uint8Array([1, 2, 3]);
    const answer = await exchange(to('/a?b=%2F', { method: 'POST', body }), LIMITS, stop.signal);
    expect([answer.status, answer.headers.get('x-told'), textOf(answer), answer.truncated]).toEqual([
      201,
      'yes',
      'made',
      false,
    ]);
    const { method, url, headers, body: sent } = server.last;
    expect([method, url, [...sent]]).toEqual(['POST', '/a?b=%2F', [1, 2, 3]]);
    expect(headers).toMatchObject({ 'x-api-key': KEY, accept: '*/*', 'accept-encoding': 'identity' });
  });

  it('lets what it was told win over what is usual', async () => {
    server.react = (_, response) => response.end();
    await exchange(to('/', { headers: { Accept: 'application/json' } }), LIMITS, stop.signal);
    expect(server.last.headers.accept).toBe('application/json');
  });

  it('takes any status for an answer, and uses its connection again', async () => {
    for (const status of [204, 304, 404, 500]) {
      server.react = (_, response) => response.writeHead(status).end();
      expect((await exchange(to('/'), LIMITS, stop.signal)).status).toBe(status);
    }
    expect(server.connections).toBe(1);
  });

  it('hands no key on: a redirect is an answer like others', async () => {
    const other = stack.use(await RecordingServer.start());
    for (const status of [301, 302, 303, 307, 308]) {
      server.react = (_, response) => response.writeHead(status, { location: other.url.href }).end();
      const answer = await exchange(to('/'), LIMITS, stop.signal);
      expect([answer.status, answer.headers.get('location')]).toEqual([status, other.url.href]);
    }
    expect(other.requests).toEqual([]);
  });

  it('reads no more than it may, with a limit of its own for what is no success, and lets the connection go', async () => {
    server.react = (_, response) => response.end('x'.repeat(1001));
    expect(await exchange(to('/'), LIMITS, stop.signal)).toMatchObject({ status: 200, truncated: true });
    await eventually({ what: 'the connection is gone', look: () => server.connections, until: (count) => count === 0 });
    server.react = (_, response) => response.writeHead(500).end('x'.repeat(11));
    expect(await exchange(to('/'), LIMITS, stop.signal)).toMatchObject({ status: 500, truncated: true });
    server.react = (_, response) => response.end('x'.repeat(1000));
    expect((await exchange(to('/'), LIMITS, stop.signal)).truncated).toBe(false);
  });

  it('inflates nothing: a small body that becomes a large one would pass every limit', async () => {
    const packed = gzipSync('x'.repeat(100_000));
    server.react = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    expect(Buffer.from((await exchange(to('/'), LIMITS, stop.signal)).bytes)).toEqual(packed);
  });

  it('shows no key in what it throws, whatever goes wrong', async () => {
    const expectNoKey = async (attempt: Promise<unknown>): Promise<void> => {
      const error: unknown = await attempt.then(
        () => expect.unreachable(),
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 12, showHidden: true })).not.toContain(KEY);
    };
    await expectNoKey(exchange(to('/', { url: 'http://127.0.0.1:1/' }), LIMITS, stop.signal));
    server.react = (_, response) => response.socket?.destroy();
    await expectNoKey(exchange(to('/'), LIMITS, stop.signal));
    server.react = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('begin');
      setImmediate(() => response.socket?.destroy());
    };
    await expectNoKey(exchange(to('/'), LIMITS, stop.signal));
    server.react = () => stop.abort();
    await expectNoKey(exchange(to('/'), LIMITS, stop.signal));
    stop = new AbortController();
    server.react = (_, response) => {
      response.write('begin');
      setImmediate(() => stop.abort());
    };
    await expectNoKey(exchange(to('/'), LIMITS, stop.signal));
  });

  it('ends its connection when it is aborted', async () => {
    server.react = () => stop.abort(new Error('stopped'));
    await expect(exchange(to('/'), LIMITS, stop.signal)).rejects.toThrow('canceled');
    await eventually({ what: 'the connection is gone', look: () => server.connections, until: (count) => count === 0 });
  });

  it('gives a body as it comes, tied to the signal to its end', async () => {
    let end = (): void => undefined;
    server.react = (_, response) => {
      response.write('first');
      end = () => void response.end(' last');
    };
    const answer = await openExchange(to('/'), stop.signal);
    end();
    let text = '';
    for await (const chunk of answer.body) text += String(chunk);
    expect([answer.status, text]).toEqual([200, 'first last']);

    const { body } = await openExchange(to('/'), stop.signal);
    const rest = body.toArray();
    stop.abort();
    await expect(rest).rejects.toThrow('canceled');
    await eventually({ what: 'the connection is gone', look: () => server.connections, until: (count) => count === 0 });
  });
});
