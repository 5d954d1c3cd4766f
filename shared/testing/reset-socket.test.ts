import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { resetSocket } from './reset-socket.ts';

/** What happens to both sides of a connection that is aborted after `before`. */
async function outcomeOf(before: (socket: Socket) => void | Promise<void>): Promise<[own: string, theirs: string]> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const [peer] = (await once(server, 'connection')) as [Socket];
  peer.pause();
  const theirs = new Promise<string>((resolve) => {
    peer.once('error', ({ message }) => resolve(message)).once('close', () => resolve('closed'));
  });
  const own = new Promise<string>((resolve) => {
    socket.once('error', ({ message }) => resolve(message)).once('close', () => resolve('closed'));
  });
  if (socket.connecting) await once(socket, 'connect');
  await before(socket);
  resetSocket(socket);
  const result: [string, string] = [await own, await Promise.race([theirs, own.then(() => nextRead(peer, theirs))])];
  peer.destroy();
  server.close();
  return result;
}

/** A side that reads nothing does not learn of a reset either. */
function nextRead(peer: Socket, outcome: Promise<string>): Promise<string> {
  peer.resume();
  return outcome;
}

const tick = (): Promise<void> =>
  new Promise((resolve) => {
    process.nextTick(resolve);
  });

test('a connection is reset', async () => {
  expect(await outcomeOf(() => {})).toEqual(['closed', 'read ECONNRESET']);
});

test('so is one whose end is on the way: at once, or in the same turn of the event loop', async () => {
  expect((await outcomeOf((socket) => void socket.end()))[0]).toBe('closed');
  const ended = await outcomeOf(async (socket) => {
    socket.end();
    // Now the kernel was asked to, and has not answered yet.
    await tick();
    await tick();
  });
  expect(ended[0]).toBe('closed');
});

test('so is one whose end waits for what nobody reads', async () => {
  const stuck = await outcomeOf((socket) => {
    socket.write(Buffer.alloc(16 * 1024 * 1024));
    socket.end();
  });
  expect(stuck).toEqual(['closed', 'read ECONNRESET']);
});

test('and one that is gone already stays so', async () => {
  expect((await outcomeOf((socket) => void socket.destroy()))[0]).toBe('closed');
});
