import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { withDeadline } from '../async/deadline.ts';
import { DispatcherSource } from './dispatcher.ts';
import { requestOver } from './request-over.ts';

const LIMITS = { connectTimeoutMs: 5_000, headersTimeoutMs: 60, keepAliveMs: 5_000 };
const clock = new ManualClock();
const never = new AbortController().signal;

/** A server that says over which connection it was asked, and nothing where it is asked for `/mute`; `/begun` begins an answer. */
async function start() {
  const server = createServer((request, response) => {
    if (request.url === '/mute') return;
    if (request.url === '/begun') response.write('begun');
    else response.end(String(request.socket.remotePort));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const baseUrl = new URL(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  const source = new DispatcherSource({ baseUrl, proxy: 'none', environment: {}, ...LIMITS }, { clock });
  const ask = (path: string, signal: AbortSignal, headersTimeout = 0) =>
    requestOver(source, { origin: baseUrl.origin, path, method: 'GET', signal, headersTimeout });
  const port = async (): Promise<string> => (await ask('/', never)).body.text();
  return {
    source,
    ask,
    ports: async () => new Set(await Promise.all([port(), port()])),
    [Symbol.asyncDispose]: async () => {
      await source.close();
      server.close();
    },
  };
}

test('after a request that was not answered in time the next goes over a new connection, and answers on their way go on', async () => {
  await using server = await start();
  const first = server.source.current();
  const begun = await server.ask('/begun', never);
  const before = await server.ports();
  const deadline = { ms: 1_000, clock, overdue: () => new Error('no answer within 1 s') };
  const late = withDeadline(deadline, (signal) => server.ask('/mute', signal), never);
  await Promise.all([expect(late).rejects.toThrow('no answer within 1 s'), clock.advance(1_000)]);
  const after = await server.ports();
  expect(after.intersection(before)).toEqual(new Set());
  // Of several that were silent over the same one the first has said it all.
  const second = server.source.current();
  server.source.abandon(first);
  expect(server.source.current()).toBe(second);
  // undici's own limit is as good.
  await expect(server.ask('/mute', never, 50)).rejects.toThrow('Headers Timeout Error');
  expect((await server.ports()).intersection(after)).toEqual(new Set());
  const chunks: AsyncIterator<Buffer> = begun.body[Symbol.asyncIterator]();
  expect(String((await chunks.next()).value)).toBe('begun');
  begun.body.destroy();
});

test('a request that nobody wants any more speaks for no other connection', async () => {
  await using server = await start();
  const before = server.source.current();
  const givenUp = new AbortController();
  const muted = server.ask('/mute', givenUp.signal);
  givenUp.abort(new Error('nobody wants it any more'));
  await expect(muted).rejects.toThrow('nobody wants it any more');
  expect(server.source.current()).toBe(before);
});
