/** The platform's HTTP server: a front behind a port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CastaiError, describeError, errorCodeOf } from '@castai/shared/errors.ts';

/** Answers one request, whatever comes. Never rejects. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Where it listens. */
export interface ServerAddress {
  /** 0: any free port. */
  readonly port: number;
  /** Empty: every address. */
  readonly host: string;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  /** Ends every connection, and returns when nothing is worked on any more. */
  close(): Promise<void>;
}

/** Longer than a heartbeat, so that an idle agent keeps its connection. */
const KEEP_ALIVE_MS = 75_000;

/** Listens. Throws `PORT_IN_USE`, or `CONFIG_INVALID` when the address cannot be used. */
export async function startServer(handle: RequestHandler, { port, host }: ServerAddress): Promise<RunningServer> {
  const answering = new Set<Promise<void>>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    // A request or an answer that breaks is its client's business; it is gone, and there is nobody to tell.
    response.on('error', () => {});
    const answered = handle(request, response).finally(() => answering.delete(answered));
    answering.add(answered);
  });
  await listen(server, { port, host });
  return {
    url: urlOf(server, host),
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      // Whoever was cut off may still be in the middle of its work on the store.
      await Promise.all(answering);
    },
  };
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server that listens has a port');
  // Every address: this one is among them.
  if (host === '') return `http://127.0.0.1:${address.port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

async function listen(server: Server, { port, host }: ServerAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  try {
    await promise;
  } catch (error) {
    if (errorCodeOf(error) === 'EADDRINUSE') {
      throw new CastaiError('PORT_IN_USE', `port ${port} of ${host} is in use`, {
        cause: error,
        hint: 'set PORT to a port that is free',
      });
    }
    throw new CastaiError('CONFIG_INVALID', `cannot listen on port ${port} of ${host}: ${describeError(error)}`, {
      cause: error,
      hint: 'set HOST to an address of this machine, and PORT to a port above 1023',
    });
  }
  server.off('error', reject);
}
