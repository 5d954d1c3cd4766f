import { createServer, request, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { limitConnections } from './connection-limit.ts';

describe('a limit on connections', () => {
  let nowMs = 0;
  const servers: Server[] = [];
  const sockets: Socket[] = [];

  const start = async (
    most: number,
    answer: RequestListener = (_, response) => response.end('ok'),
  ): Promise<number> => {
    const server = createServer(answer);
    limitConnections(server, { most, graceMs: 1000, nowMs: () => nowMs });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const hold = async (port: number, localAddress: string): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    sockets.push(socket);
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    return socket;
  };
  const probe = (port: number, localAddress = '127.0.0.1'): Promise<number> =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path: '/', agent: false, localAddress }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      });
      asked.once('error', reject).end();
    });
  const open = (): number => sockets.filter((socket) => !socket.destroyed).length;

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close().closeAllConnections();
    nowMs = 0;
  });

  it('answers a probe while others hold many times as many connections as there are places', async () => {
    const port = await start(20);
    await Promise.all(Array.from({ length: 100 }, () => hold(port, '127.0.0.2')));
    await eventually({ what: 'only 20 are left', look: open, until: (count) => count === 20 });
    for (let round = 0; round < 5; round += 1) expect(await probe(port)).toBe(200);
    // Also from the very address that fills the house: the oldest goes, not the newcomer.
    nowMs = 1001;
    expect(await probe(port, '127.0.0.2')).toBe(200);
  });

  it('answers a probe in the middle of a burst of requests', async () => {
    const port = await start(20);
    const burst = Array.from({ length: 200 }, () => probe(port, '127.0.0.2').catch(() => 0));
    expect(await probe(port)).toBe(200);
    await Promise.all(burst);
  });

  it('ends the longest idle connection of the address that holds the most, and leaves other addresses alone', async () => {
    const port = await start(3);
    const alone = await hold(port, '127.0.0.3');
    const first = await hold(port, '127.0.0.2');
    const second = await hold(port, '127.0.0.2');
    nowMs = 2000;
    const third = await hold(port, '127.0.0.2');
    await eventually({ what: 'it is ended', look: () => first.destroyed, until: Boolean });
    expect([alone, second, third].map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
  });

  it('spares a connection whose answer is under way as long as there is an idle one', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const port = await start(2, (_request, response) => {
      asked.resolve();
      void answer.promise.then(() => response.end('late'));
    });
    const running = probe(port, '127.0.0.2');
    await asked.promise;
    const idle = await hold(port, '127.0.0.2');
    nowMs = 5000;
    await hold(port, '127.0.0.2');
    await eventually({ what: 'it is ended', look: () => idle.destroyed, until: Boolean });
    answer.resolve();
    expect(await running).toBe(200);
  });
});
