import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { errorCodeOf } from '@castai/shared/errors.ts';
import { Refusal, unsupportedEncoding } from '../answer/refusal.ts';
import { type BodySource, contentEncoding, tooLarge } from './request-body.ts';

/** What bounds a body that is read while it comes, and who is told how much it was. */
export interface StreamedBody {
  /** On the wire, and decompressed, bytes. */
  readonly maxBytes: number;
  /** Told of each chunk's size on the wire. */
  readonly onWire: (bytes: number) => void;
}

/**
 * A request's body, decompressed while it comes; the sender is as fast as whoever reads it. Throws `Refusal` 400, 413 or 415, and the
 * connection's error when it breaks: only a body that ends without a throw is whole.
 */
export async function* streamBody(source: BodySource, { maxBytes, onWire }: StreamedBody): AsyncGenerator<Buffer> {
  const encoding = contentEncoding(source);
  const decompressor = decompressorOf(encoding);
  const wire = Readable.from(counted(source, maxBytes, onWire), { objectMode: false });
  // Ends with the error of whichever of the two breaks; who iterates gets it.
  const body = decompressor === undefined ? wire : pipeline(wire, decompressor, () => {});
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    const isCompression = /^(?:Z_|ZSTD_|ERR_ZSTD)/u.test(errorCodeOf(error) ?? '');
    throw isCompression ? new Refusal(400, 'UNDECODABLE', { message: `the body is not ${encoding}` }) : error;
  }
}

function decompressorOf(encoding: string): Transform | undefined {
  switch (encoding) {
    case 'identity':
      return undefined;
    case 'gzip':
      return createGunzip({ chunkSize: 64 * 1024 });
    case 'zstd':
      return createZstdDecompress();
    default:
      throw unsupportedEncoding(encoding);
  }
}

async function* counted(
  source: BodySource,
  maxBytes: number,
  onWire: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    onWire(chunk.length);
    if (size > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}
