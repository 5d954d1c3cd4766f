import type { IncomingMessage } from 'node:http';
import { StatusError, badRequest } from './status-error.ts';

/** The real server's limit. */
const MAX_BYTES = 3 * 1024 * 1024;

/** Reads a JSON body; undefined when there is none. Throws 400 and 413. `maxBytes` is 3 MiB unless told. */
export async function readBody(request: IncomingMessage, maxBytes = MAX_BYTES): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBytes) {
      throw new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message: 'limit is 3145728' });
    }
    pieces.push(piece);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(pieces).toString());
  } catch {
    throw badRequest('the object provided is unrecognized: it is not JSON');
  }
}
