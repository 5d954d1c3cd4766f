/** Reads a request's body with every size bounded, before and after decompression. */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { Refusal } from '../answer/refusal.ts';

/** How a body is read. */
export interface BodyOptions {
  /** Bound for the body on the wire and for what comes out of it, bytes. */
  readonly maxBytes: number;
  /** Fault injection: how fast it is read. */
  readonly bytesPerSecond?: number;
  /** Fault injection: content encodings that get a 415. */
  readonly refusedEncodings: readonly string[];
}

/** A body and how large it was on the wire. */
export interface RequestBody {
  readonly bytes: Uint8Array;
  readonly wireBytes: number;
}

/** What is still read and thrown away of a body that is too large, so that its sender gets to see the answer. */
const MAX_DISCARDED_BYTES = 1024 * 1024 * 1024;

/** Throws `Refusal` 400, 413 or 415; the connection's error when it breaks while reading. */
export async function readRequestBody(request: IncomingMessage, options: BodyOptions): Promise<RequestBody> {
  const wire = await readWire(request, options);
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (options.refusedEncodings.includes(encoding)) throw unsupported(encoding);
  return { bytes: decompress(wire, encoding, options.maxBytes), wireBytes: wire.length };
}

async function readWire(request: IncomingMessage, { maxBytes, bytesPerSecond }: BodyOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    if (size > MAX_DISCARDED_BYTES) break;
    if (bytesPerSecond !== undefined) await sleep((chunk.length / bytesPerSecond) * 1000);
  }
  if (size > maxBytes) throw tooLarge(maxBytes);
  return Buffer.concat(chunks, size);
}

function decompress(wire: Buffer, encoding: string, maxBytes: number): Uint8Array {
  // Large chunks: the default of 16 KiB makes a batch of 8 MiB out of 512 buffers.
  const options = { maxOutputLength: maxBytes, chunkSize: 256 * 1024 };
  try {
    switch (encoding) {
      case 'identity':
        return wire;
      case 'zstd':
        return zstdDecompressSync(wire, options);
      case 'gzip':
        return gunzipSync(wire, options);
      default:
        throw unsupported(encoding);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof RangeError) throw tooLarge(maxBytes);
    throw new Refusal(400, 'UNDECODABLE', { message: `the body is not ${encoding}` });
  }
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, 'TOO_LARGE', { message: `a body may have ${maxBytes} bytes` });
}

function unsupported(encoding: string): Refusal {
  return new Refusal(415, 'UNSUPPORTED_ENCODING', { message: `content encoding ${encoding} is not supported` });
}
