/** Reads a request's body with every size bounded, before and after decompression. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { dczFrames, DICTIONARY } from '@castai/shared/wire/ingest/dictionary.ts';
import { Refusal, unsupportedEncoding } from '../answer/refusal.ts';

/** As much of a request as is read here; what stands before the front may give another stream. */
export interface BodySource extends AsyncIterable<Uint8Array> {
  readonly headers: IncomingHttpHeaders;
}

/** A body and how large it was on the wire. */
export interface RequestBody {
  readonly bytes: Uint8Array;
  readonly wireBytes: number;
}

/** The body of a request. Whoever stops reading early leaves the connection open: the answer goes out on it. */
export function bodySource(request: IncomingMessage): BodySource {
  return {
    headers: request.headers,
    [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }),
  };
}

/** What is still read and thrown away of a body that is too large, so that its sender gets to see the answer. */
const MAX_DISCARDED_BYTES = 1024 * 1024 * 1024;

/**
 * Reads a body of at most `maxBytes`, on the wire and decompressed. Throws `Refusal` 400, 413 or 415; the connection's error
 * when it breaks while reading.
 */
export async function readRequestBody(request: BodySource, maxBytes: number): Promise<RequestBody> {
  const wire = await readWire(request, maxBytes);
  return { bytes: decompress(wire, contentEncoding(request), maxBytes), wireBytes: wire.length };
}

/** How a body is encoded, in lower case; `identity` when its headers do not say. */
export function contentEncoding({ headers }: Pick<BodySource, 'headers'>): string {
  return (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
}

async function readWire(request: BodySource, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    if (size > MAX_DISCARDED_BYTES) break;
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
      case 'dcz':
        return zstdDecompressSync(mustKnow(dczFrames(wire)), { ...options, dictionary: DICTIONARY });
      case 'gzip':
        return gunzipSync(wire, options);
      default:
        throw unsupportedEncoding(encoding);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof RangeError) throw tooLarge(maxBytes);
    throw new Refusal(400, 'UNDECODABLE', { message: `the body is not ${encoding}` });
  }
}

function mustKnow(frames: Uint8Array | undefined): Uint8Array {
  if (frames !== undefined) return frames;
  throw new Refusal(415, 'UNSUPPORTED_ENCODING', { message: 'the dictionary of this dcz body is not known here' });
}

/** 413: a body may have so many bytes. */
export function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, 'TOO_LARGE', { message: `a body may have ${maxBytes} bytes` });
}
