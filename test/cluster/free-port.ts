import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the range from which Linux and macOS take source ports (32768 and 49152 on): a server that is stopped and
 * started again finds its port free, and a client that knocks meanwhile cannot be given that very port as its own and
 * connect to itself, which happens with ports that listen(0) hands out.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 50;

/**
 * Finds a TCP port on 127.0.0.1 that nobody listens on at this moment.
 * Throws an Error after 50 occupied ones.
 */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${FIRST_PORT} and ${LAST_PORT} on 127.0.0.1 in ${ATTEMPTS} attempts`);
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
