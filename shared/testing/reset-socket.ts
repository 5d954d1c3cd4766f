import type { Socket } from 'node:net';

/**
 * Aborts a connection with RST; `above` is its TLS layer, if there is one. Not while its end is on the way: Node 24 then answers `resetAndDestroy` with EINVAL,
 * never closes the connection, and its process spins for ever when it is to end (libuv resets nothing that is shutting down, and the handle counts as
 * closing all the same).
 */
export function resetSocket(socket: Socket | null | undefined, above = socket): void {
  const ending = [above, socket].find(isEnding);
  if (ending) ending.once('finish', () => socket?.resetAndDestroy());
  else socket?.resetAndDestroy();
}

/** What is not written yet keeps the end from being begun. */
function isEnding(socket: Socket | null | undefined): boolean {
  if (!socket || socket.destroyed) return false;
  return socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
}
