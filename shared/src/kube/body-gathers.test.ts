import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { RecordingServer } from '../../testing/recording-server.ts';
import { DispatcherSource } from '../http/dispatcher.ts';
import { bodyGathers, HOLDS_BACK, restAfter } from './body-gathers.ts';

const OPTIONS = { idleMs: 200_000, gatherMs: 500 };

let server: RecordingServer;
let dispatchers: DispatcherSource;
let clock: ManualClock;
let stop: AbortController;
/** The answer that the server is writing. */
let response: ServerResponse;
let body: Readable;
/** The connection on our side. */
let socket: Socket;
let gathered: string[];
/** Undefined while it goes on. */
let ended: unknown;

beforeEach(async () => {
  server = await RecordingServer.start();
  clock = new ManualClock();
  stop = new AbortController();
  gathered = [];
  ended = undefined;
  const limits = { connectTimeoutMs: 5000, headersTimeoutMs: 5000, keepAliveMs: 5000 };
  const settings = { baseUrl: server.url, proxy: 'none', environment: {}, ...limits } as const;
  dispatchers = new DispatcherSource({ ...settings, readAheadBytes: HOLDS_BACK }, { clock });
  server.react = (_, answer) => {
    response = answer;
    answer.writeHead(200).flushHeaders();
  };
  const onConnected = (message: unknown): void => void ({ socket } = message as { socket: Socket });
  subscribe('undici:client:connected', onConnected);
  const request = { origin: server.url.origin, path: '/', method: 'GET', highWaterMark: HOLDS_BACK } as const;
  ({ body } = await dispatchers.current().request({ ...request, signal: stop.signal }));
  unsubscribe('undici:client:connected', onConnected);
});

afterEach(async () => {
  stop.abort('over');
  body.destroy();
  await dispatchers.close();
  await server[Symbol.asyncDispose]();
  if (clock.pendingTimers > 0) throw new Error(`${String(clock.pendingTimers)} timers were left behind`);
});

function read(): void {
  const all = async (): Promise<void> => {
    for await (const chunk of bodyGathers(body, { ...OPTIONS, clock }, stop.signal)) gathered.push(chunk.toString());
  };
  all().then(
    () => (ended = 'well'),
    (error: unknown) => (ended = error),
  );
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

/** A byte that is written has arrived: the other side is in this process. */
async function write(text: string): Promise<void> {
  await new Promise<void>((resolve) => response.write(text, () => resolve()));
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Reads the first piece after a second of silence: a rest follows. */
async function rest(): Promise<void> {
  read();
  await clock.advance(1_000);
  await write('first ');
  await until(() => clock.nextTimerMs === 500);
}

test('what comes first after a silence is read at once, what follows is read together, in order, and nothing is lost', async () => {
  await rest();
  for (const text of ['a', 'b', 'c', 'd']) await write(text);
  await clock.advance(499);
  expect(gathered).toEqual(['first ']);
  await clock.advance(1);
  await until(() => clock.nextTimerMs === 500);
  expect(gathered).toEqual(['first ', 'abcd']);
});

test('in a rest nothing is taken but one arrival by the body and one by its connection: no other wakes the process', async () => {
  await rest();
  for (let count = 0; count < 20; count += 1) await write('x'.repeat(100));
  expect([body.readableLength, socket.readableLength]).toEqual([100, expect.toSatisfy((bytes) => bytes < 250)]);
  await clock.advance(500);
  await until(() => clock.nextTimerMs === 500);
  expect(gathered).toEqual(['first ', 'x'.repeat(2000)]);
});

test('where much comes it is read without a rest, and in pieces that memory has room for', async () => {
  await rest();
  const text = 'x'.repeat(1024 * 1024);
  let pieces = 1;
  for (let megabyte = 0; megabyte < 20; megabyte += 1) response.write(text);
  await clock.advance(500);
  // Time stands still: a rest would be for ever.
  let bytes = 0;
  await until(
    () => ((bytes += gathered.slice(pieces).join('').length), (pieces = gathered.length), bytes) === 20 * text.length,
  );
  expect(Math.max(...gathered.map(({ length }) => length))).toBeLessThan(text.length);
});

test('while nothing comes only the watchdog waits, and it bites', async () => {
  read();
  await until(() => clock.pendingTimers === 1);
  await clock.advance(200_000);
  await until(() => ended !== undefined);
  expect(ended).toMatchObject({ code: 'KUBE_WATCHDOG' });
});

test.each<[string, () => unknown, unknown, string[]]>([
  ['ends', () => response.end('last'), 'well', ['first ', 'last']],
  ['breaks', () => response.destroy(), expect.objectContaining({ code: 'KUBE_UNREACHABLE' }), ['first ']],
])('a body that %s in a rest is noticed when it is over', async (_, act, end, chunks) => {
  await rest();
  act();
  await clock.advance(500);
  await until(() => ended !== undefined);
  expect([ended, gathered]).toEqual([end, chunks]);
});

test('an abort in a rest is noticed at once, and ends the connection', async () => {
  await rest();
  stop.abort('stop');
  await until(() => ended !== undefined && server.connections === 0);
  expect(ended).toBe('stop');
});

test.each([
  [{ bytes: 100, ms: 5_000 }, 500],
  [{ bytes: 64 * 1024, ms: 500 }, 500],
  // As much as a connection may hold would have come in that time.
  [{ bytes: 512 * 1024, ms: 500 }, 250],
  [{ bytes: 256 * 1024, ms: 20 }, 20],
  [{ bytes: 256 * 1024, ms: 19 }, 0],
  [{ bytes: 1, ms: 0 }, 0],
])('after %o the rest is %i ms', (came, ms) => {
  expect(restAfter(came, 500)).toBe(ms);
});
