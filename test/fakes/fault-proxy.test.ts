import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { FaultProxy } from './fault-proxy.ts';

/** A server that answers every message with `<message>` and remembers what it got. */
const received: string[] = [];
const serverSockets = new Set<Socket>();
const server = createServer((socket) => {
  serverSockets.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => serverSockets.delete(socket));
  socket.on('data', (bytes) => {
    received.push(bytes.toString());
    socket.write(`<${bytes.toString()}>`);
  });
});
let proxy: FaultProxy;
let clock: ManualClock;

beforeEach(async () => {
  received.length = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  clock = new ManualClock();
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy = await FaultProxy.start({ target, clock });
});

afterEach(async () => {
  await proxy.stop();
  for (const socket of serverSockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

/** A connection through the proxy that remembers what it got and how it ended. */
class Client {
  readonly socket: Socket;
  readonly chunks: string[] = [];
  /** `open`, `fin` or the code of an error. */
  end = 'open';

  constructor() {
    this.socket = connect({ host: '127.0.0.1', port: Number(new URL(proxy.url).port), noDelay: true });
    this.socket.on('data', (bytes) => this.chunks.push(bytes.toString()));
    this.socket.on('end', () => {
      this.end = 'fin';
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.end = error.code ?? 'error';
    });
  }

  get text(): string {
    return this.chunks.join('');
  }
}

async function connected(): Promise<Client> {
  const client = new Client();
  await once(client.socket, 'connect');
  return client;
}

// Awaited where it is used, with what it is expected to be.
const expectSoon = (read: () => unknown) => expect.poll(read, { timeout: 10_000, interval: 5 });

test('bytes and ends pass in both directions', async () => {
  const client = await connected();
  client.socket.write('hello');
  await expectSoon(() => client.text).toBe('<hello>');
  expect([proxy.connections, proxy.accepted]).toEqual([1, 1]);
  client.socket.end();
  await expectSoon(() => client.end).toBe('fin');
  await expectSoon(() => proxy.connections).toBe(0);
});

test('latency delays both ways and keeps the order', async () => {
  await proxy.set({ type: 'latency', ms: 60, jitterMs: 40 });
  const client = await connected();
  client.socket.write('ab');
  await sleep(20);
  client.socket.write('c');
  await sleep(20);
  expect(received).toEqual([]);
  await clock.advance(100);
  await expectSoon(() => received.join('')).toBe('abc');
  await sleep(20);
  expect(client.text).toBe('');
  await clock.advance(100);
  await expectSoon(() => client.text.replaceAll(/[<>]/gu, '')).toBe('abc');
});

test('a slicer sends pieces, and nothing is lost', async () => {
  await proxy.set({ type: 'slice', bytes: 3, everyMs: 10, direction: 'down' });
  const client = await connected();
  client.socket.write('12345');
  for (const text of ['<12', '<12345', '<12345>']) {
    await expectSoon(() => client.text).toBe(text);
    await sleep(10);
    expect(client.text).toBe(text);
    await clock.advance(10);
  }
  expect(received).toEqual(['12345']);
});

test('a narrow line takes its time', async () => {
  await proxy.set({ type: 'bandwidth', bytesPerSecond: 100, direction: 'up' });
  const client = await connected();
  client.socket.write('123456');
  await expectSoon(() => received.join('')).toBe('12');
  await clock.advance(20);
  await expectSoon(() => received.join('')).toBe('1234');
  await clock.advance(20);
  await expectSoon(() => received.join('')).toBe('123456');
});

test.for([
  ['fin', 'fin'],
  ['rst', 'ECONNRESET'],
] as const)('a connection is cut with %s after so many bytes', async ([how, end]) => {
  const client = await connected();
  client.socket.write('before');
  await expectSoon(() => client.text).toBe('<before>');
  client.chunks.length = 0;
  await proxy.set({ type: 'cut', afterBytes: 3, how, direction: 'down' });
  client.socket.write('hello');
  await expectSoon(() => client.text).toBe('<he');
  await sleep(20);
  await clock.advance(20);
  await expectSoon(() => client.end).toBe(end);
  expect([client.text, received]).toEqual(['<he', ['before', 'hello']]);
});

test('a byte is corrupted once', async () => {
  await proxy.set({ type: 'corrupt', afterBytes: 2, direction: 'up' });
  const client = await connected();
  client.socket.write('abcd');
  await expectSoon(() => client.text).toBe('<abbd>');
  client.chunks.length = 0;
  client.socket.write('abcd');
  await expectSoon(() => client.text).toBe('<abcd>');
});

test('swallowed bytes never arrive, and the connection stays open', async () => {
  await proxy.set({ type: 'swallow', direction: 'up' });
  const client = await connected();
  client.socket.write('lost');
  await sleep(50);
  await proxy.set({ type: 'pass' });
  client.socket.write('found');
  await expectSoon(() => client.text).toBe('<found>');
  expect(received).toEqual(['found']);
});

test('a forgotten connection loses everything, now and later, and a new one passes', async () => {
  const client = await connected();
  client.socket.write('a');
  await expectSoon(() => client.text).toBe('<a>');
  await proxy.set({ type: 'forget' });
  client.socket.write('b');
  const another = await connected();
  another.socket.write('c');
  await expectSoon(() => another.text).toBe('<c>');
  await proxy.set({ type: 'pass' });
  client.socket.write('d');
  another.socket.write('e');
  await expectSoon(() => another.text).toBe('<c><e>');
  expect([client.text, client.end, received]).toEqual(['<a>', 'open', ['a', 'c', 'e']]);
});

test('a half-open connection holds everything until it heals, even the end of the server', async () => {
  const client = await connected();
  client.socket.write('a');
  await expectSoon(() => client.text).toBe('<a>');
  await proxy.set({ type: 'halfOpen' });
  client.socket.write('b');
  for (const socket of serverSockets) socket.end('bye');
  await sleep(50);
  expect([client.text, client.end, received]).toEqual(['<a>', 'open', ['a']]);
  await proxy.set({ type: 'pass' });
  await expectSoon(() => [client.text, client.end]).toEqual(['<a>bye', 'fin']);
});

test('a refusing proxy aborts what there is and comes back under the same address', async () => {
  const { url } = proxy;
  const client = await connected();
  await proxy.set({ type: 'refuse' });
  await expectSoon(() => client.end).toBe('ECONNRESET');
  const refused = new Client();
  await expectSoon(() => refused.end).toBe('ECONNREFUSED');
  await proxy.set({ type: 'pass' });
  expect(proxy.url).toBe(url);
  const again = await connected();
  again.socket.write('hello');
  await expectSoon(() => again.text).toBe('<hello>');
});

test('a dropped answer is that of a request which arrived; the next one passes', async () => {
  const client = await connected();
  client.socket.write('first');
  await expectSoon(() => client.text).toBe('<first>');
  await proxy.set({ type: 'dropAnswer', times: 1 });
  client.socket.write('second');
  await expectSoon(() => client.end).toBe('ECONNRESET');
  expect([client.text, received]).toEqual(['<first>', ['first', 'second']]);
  const again = await connected();
  again.socket.write('third');
  await expectSoon(() => again.text).toBe('<third>');
});
