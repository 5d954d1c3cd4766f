import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { endSilent, NEVER_MS } from './end-silent.ts';

let clock: ManualClock;
let server: Server;
let arrived: Socket[];

beforeEach(async () => {
  clock = new ManualClock();
  arrived = [];
  // Answers are the test's: a request is heard as soon as it is whole.
  server = createServer({ connectionsCheckingInterval: NEVER_MS }, () => undefined);
  server.on('connection', (socket: Socket) => arrived.push(socket));
  endSilent(server, 5_000, clock);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const socket of arrived) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** A connection that has sent this. */
async function open(text: string): Promise<{ isEnded: () => boolean; end: () => void }> {
  const { port } = server.address() as AddressInfo;
  const before = arrived.length;
  const socket = connect(port, '127.0.0.1', () => socket.write(text));
  let isEnded = false;
  socket.on('error', () => undefined).on('close', () => (isEnded = true));
  socket.resume();
  await eventually({
    what: 'the connection has come, with what was sent',
    look: async () => arrived[before]?.bytesRead ?? -1,
    until: (bytes) => bytes === text.length,
  });
  return { isEnded: () => isEnded, end: () => socket.destroy() };
}

const ended = (one: { isEnded: () => boolean }): Promise<boolean> =>
  eventually({ what: 'it is ended', look: async () => one.isEnded(), until: (is) => is });

test.each([
  ['says nothing', ''],
  ['does not come to an end of its request', 'GET / HTTP/1.1\r\nHost: a\r\nX: '],
])('who %s is ended when its time is over, and not before', async (_, text) => {
  const one = await open(text);
  await clock.advance(4_999);
  expect([one.isEnded(), clock.pendingTimers]).toEqual([false, 1]);
  await clock.advance(1);
  await ended(one);
});

test('who has asked may wait for its answer for as long as that takes', async () => {
  const one = await open('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually({ what: 'it was heard', look: async () => clock.pendingTimers, until: (count) => count === 0 });
  await clock.advance(60_000);
  expect(one.isEnded()).toBe(false);
});

test('of who has gone nothing is left to wait for', async () => {
  const one = await open('');
  expect(clock.pendingTimers).toBe(1);
  one.end();
  await eventually({ what: 'no timer is left', look: async () => clock.pendingTimers, until: (count) => count === 0 });
});
