import { promisify } from 'node:util';
import {
  constants,
  createGzip,
  createZstdCompress,
  type Gzip,
  gunzip,
  gzipSync,
  type ZlibOptions,
  type ZstdCompress,
  zstdCompressSync,
  zstdDecompress,
  type ZstdOptions,
} from 'node:zlib';
import { must } from '../../errors.ts';
import type { ContentEncoding } from '../transport.ts';
import { DCZ_PREFIX, dczFrames, DICTIONARY } from './dictionary.ts';

const gunzipOnPool = promisify(gunzip);
const zstdDecompressOnPool = promisify(zstdDecompress);

/** Up to here the hand-over to another thread costs more than compressing does (measured: about 50 KB). */
const POOL_ABOVE_BYTES = 50_000;

/**
 * Objects of a cluster repeat each other so much that the lowest level finds as much as any: 8 MB of pods become 0.38 MB at level 1, 0.44 at 3,
 * 0.42 at 6, for 8, 21 and 40 ms; changes of 125 pods at once 195, 216 and 197 bytes each. A few have less to repeat: 12 pods at once take 228 bytes each at
 * level 1, 217 at 6, for 13 µs more of CPU each, one alone 474 and 424. So few come where there are fewer than some 60 changes a second.
 */
const ZSTD_LEVEL = { few: 6, many: 1 };

/** What counts as few. */
const FEW_BYTES = 48 * 1024;

/** Above it a body is dictionary enough to itself: with 500 pods in a batch the dictionary makes it larger. */
const DICTIONARY_UP_TO_BYTES = 512 * 1024;

/** gzip is the way out where zstd is refused, so it is tuned to be cheap: 6 saves a sixth for twice the time. */
const GZIP_LEVEL = 1;

/**
 * Room for what comes out, in bytes. Each time that it is full the event loop has to take it away before compressing goes on: with Node's
 * 16 KiB that is forty turns for a batch, while pages are read in between.
 */
const OUTPUT_BYTES = 128 * 1024;

/** What is to be compressed, piece by piece. */
export interface PlainBytes {
  /** Of all pieces together. */
  readonly byteLength: number;
  readonly pieces: Iterable<Uint8Array>;
}

/** How a body of this size is compressed where `wanted` may be: the dictionary is for small ones. */
export function encodingOf(wanted: ContentEncoding, byteLength: number): ContentEncoding {
  return wanted === 'dcz' && byteLength > DICTIONARY_UP_TO_BYTES ? 'zstd' : wanted;
}

/** Compresses a body; large ones on libuv's thread pool, so that the event loop goes on reading watches meanwhile. */
export function compress(encoding: ContentEncoding, bytes: Uint8Array): Promise<Uint8Array> {
  return compressPieces(encoding, { byteLength: bytes.byteLength, pieces: [bytes] });
}

/** The same for one that is made piece by piece: the next piece is asked for when the one before was read. */
export async function compressPieces(
  encoding: ContentEncoding,
  { byteLength, pieces }: PlainBytes,
): Promise<Uint8Array> {
  if (byteLength <= POOL_ABOVE_BYTES) {
    const bytes = joined(byteLength, pieces);
    if (encoding === 'gzip') return gzipSync(bytes, GZIP_OPTIONS);
    const frame = zstdCompressSync(bytes, zstdOptions(encoding, byteLength));
    return encoding === 'dcz' ? Buffer.concat([DCZ_PREFIX, frame]) : frame;
  }
  if (encoding === 'gzip') return throughStream(createGzip(GZIP_OPTIONS), pieces);
  return throughStream(
    createZstdCompress(zstdOptions(encoding, byteLength)),
    pieces,
    encoding === 'dcz' ? DCZ_PREFIX : undefined,
  );
}

/** The body again, of which the length is known. Throws zlib's errors for what is none, or is longer. */
export function decompress(encoding: ContentEncoding, bytes: Uint8Array, byteLength: number): Promise<Uint8Array> {
  const options = { maxOutputLength: Math.max(1, byteLength), chunkSize: OUTPUT_BYTES };
  switch (encoding) {
    case 'gzip':
      return gunzipOnPool(bytes, options);
    case 'zstd':
      return zstdDecompressOnPool(bytes, options);
    case 'dcz':
      return zstdDecompressOnPool(must(dczFrames(bytes), 'a body of coding dcz is of our own dictionary'), {
        ...options,
        dictionary: DICTIONARY,
      });
  }
}

const GZIP_OPTIONS: ZlibOptions = { level: GZIP_LEVEL, chunkSize: OUTPUT_BYTES };

function zstdOptions(encoding: 'dcz' | 'zstd', byteLength: number): ZstdOptions {
  return {
    params: { [constants.ZSTD_c_compressionLevel]: byteLength <= FEW_BYTES ? ZSTD_LEVEL.few : ZSTD_LEVEL.many },
    // The size goes into the frame, so that the receiver knows it beforehand, and keeps the tables of small bodies small.
    pledgedSrcSize: byteLength,
    chunkSize: OUTPUT_BYTES,
    ...(encoding === 'dcz' ? { dictionary: DICTIONARY } : {}),
  };
}

/** A piece may be void as soon as the next one is asked for. */
function joined(byteLength: number, pieces: Iterable<Uint8Array>): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

async function throughStream(
  stream: ZstdCompress | Gzip,
  pieces: Iterable<Uint8Array>,
  prefix?: Uint8Array,
): Promise<Uint8Array> {
  const compressed: Uint8Array[] = prefix === undefined ? [] : [prefix];
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  stream.on('data', (bytes: Buffer) => compressed.push(bytes));
  stream.on('end', resolve);
  stream.on('error', reject);
  for (const piece of pieces) {
    // `ended` beside it: a stream that fails does not answer a write.
    await Promise.race([new Promise((written) => stream.write(piece, written)), ended]);
  }
  stream.end();
  await ended;
  return Buffer.concat(compressed);
}
