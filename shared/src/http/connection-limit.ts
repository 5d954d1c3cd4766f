import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How many connections a server keeps, and for how long a fresh one is left alone. */
export interface ConnectionLimit {
  /** Above it somebody has to go for each that comes. */
  readonly most: number;
  /** A connection this young, in milliseconds, has had no time to ask: it goes only when there is no older one. */
  readonly graceMs: number;
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
}

interface Guest {
  readonly address: string;
  readonly sinceMs: number;
  /** Answers under way. */
  running: number;
}

/**
 * Keeps a full house open to newcomers: a connection above the limit ends another one. Node's `maxConnections` does the opposite. It turns
 * the newcomer away, so that whoever holds all places and says nothing keeps the kubelet's probe out, and the container is restarted.
 *
 * Who goes: of the address that holds the most connections one that is idle and past its grace, the longest here first; then one
 * that is idle; then any. A probe comes from the node's address, a pod that fills the house from its own, so the probe is not met.
 */
export function limitConnections(server: Server, limit: ConnectionLimit): void {
  const guests = new Map<Socket, Guest>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    guests.set(socket, { address, sinceMs: limit.nowMs(), running: 0 });
    socket.once('close', () => guests.delete(socket));
    if (guests.size <= limit.most) return;
    const leaving = whoLeaves(guests, limit.nowMs() - limit.graceMs);
    guests.delete(leaving ?? socket);
    (leaving ?? socket).destroy();
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const guest = guests.get(socket);
    if (guest === undefined) return;
    guest.running += 1;
    response.once('close', () => (guest.running -= 1));
  });
}

/** A map keeps the order of arrival, so the first that fits is the one that has been here longest. */
function whoLeaves(guests: ReadonlyMap<Socket, Guest>, graceEndedMs: number): Socket | undefined {
  const counts = new Map<string, number>();
  for (const { address } of guests.values()) counts.set(address, (counts.get(address) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const candidates = [...guests].filter(([, { address }]) => counts.get(address) === most);
  const chosen =
    candidates.find(([, { running, sinceMs }]) => running === 0 && sinceMs <= graceEndedMs) ??
    candidates.find(([, { running }]) => running === 0) ??
    candidates[0];
  return chosen?.[0];
}
