import { promisify } from 'node:util';
import { constants, gzip, gzipSync, zstdCompress, zstdCompressSync } from 'node:zlib';
import type { ContentEncoding } from '../transport.ts';

const gzipOnPool = promisify(gzip);
const zstdOnPool = promisify(zstdCompress);

/** Up to here the hand-over to another thread costs more than compressing does (measured: about 50 KB). */
const POOL_ABOVE_BYTES = 50_000;

/** Level 3 makes batches a quarter smaller than gzip -1 at twice its speed; higher levels cost more than they save. */
const ZSTD_LEVEL = 3;

/** gzip is the way out where zstd is refused, so it is tuned to be cheap: 6 saves a sixth for twice the time. */
const GZIP_LEVEL = 1;

/** Compresses a body; large ones on libuv's thread pool, so that the event loop goes on reading watches meanwhile. */
export async function compress(encoding: ContentEncoding, bytes: Uint8Array): Promise<Uint8Array> {
  const onPool = bytes.byteLength > POOL_ABOVE_BYTES;
  switch (encoding) {
    case 'zstd': {
      const options = {
        params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
        // The size goes into the frame, so that the receiver knows it beforehand, and keeps the tables of small bodies small.
        pledgedSrcSize: bytes.byteLength,
      };
      return onPool ? zstdOnPool(bytes, options) : zstdCompressSync(bytes, options);
    }
    case 'gzip':
      return onPool ? gzipOnPool(bytes, { level: GZIP_LEVEL }) : gzipSync(bytes, { level: GZIP_LEVEL });
  }
}
