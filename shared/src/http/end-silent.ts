import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../async/clock.ts';

/** For `connectionsCheckingInterval` of a server whose silent connections are ended by `endSilent`: never. */
export const NEVER_MS = 2 ** 31 - 1;

/**
 * Ends each connection that has not asked for anything after so many milliseconds, however many bytes it has sent. A timer for each connection
 * that has just come, and none while there is none: Node's own check wakes the process again and again for as long as a server listens.
 */
export function endSilent(server: Server, afterMs: number, clock: Pick<Clock, 'setTimer'>): void {
  /** How the wait for each is given up; doing that again does nothing. */
  const stopWaiting = new WeakMap<Socket, () => void>();
  const heard = (socket: Socket): void => stopWaiting.get(socket)?.();
  server.on('connection', (socket: Socket) => {
    stopWaiting.set(
      socket,
      clock.setTimer(afterMs, () => socket.destroy()),
    );
    socket.once('close', () => heard(socket));
  });
  server.on('request', ({ socket }: IncomingMessage) => heard(socket));
}
