import type { ContentEncoding } from '../transport.ts';
import { compress, compressPieces, decompress, encodingOf } from './compression.ts';
import { giveBack } from './give-back.ts';
import type { Batch, Entry } from './ingest-messages.ts';
import { batchPieces, decodeBatch, encodeBatch, entriesBytes } from './ingest-wire.ts';

/** A batch in the bytes that are sent. */
export interface PackedBatch {
  readonly encoding: ContentEncoding;
  /** The compressed body. */
  readonly bytes: Uint8Array;
  /** Size before compression, in bytes. */
  readonly rawBytes: number;
}

/** How a batch is packed. */
export interface PackOptions {
  /** `dcz` stands for `zstd` where the batch is large. */
  readonly encoding: ContentEncoding;
  /** Told of entries that are packed: their bodies are not read any more. */
  readonly onPacked?: (entries: readonly Entry[]) => void;
}

/**
 * What is encoded at once: little beside the batch. After each piece packing waits for a turn of the event loop, which reads the next pages
 * meanwhile, and stands between two round trips: a batch of 6 MiB takes 17 turns, where pieces of 256 KiB took 36 (measured; half of the
 * time beside a loop that is busy).
 */
const PIECE_BYTES = 1024 * 1024;

/**
 * Encodes and compresses a batch: changes, as most batches are, in one go, and a large one piece by piece. Of its bodies, which are ten times what comes out, only those stay that are not packed yet,
 * where `onPacked` gives them back; whoever needs them again unpacks them.
 */
export async function packBatch(batch: Batch, options: PackOptions): Promise<PackedBatch> {
  return entriesBytes(batch.entries) > PIECE_BYTES ? packPieces(batch, options) : packWhole(batch, options);
}

async function packWhole(batch: Batch, { encoding: wanted, onPacked }: PackOptions): Promise<PackedBatch> {
  const plain = encodeBatch(batch);
  onPacked?.(batch.entries);
  const rawBytes = plain.byteLength;
  const encoding = encodingOf(wanted, rawBytes);
  const bytes = await compress(encoding, plain);
  giveBack(new Uint8Array(plain.buffer));
  return { encoding, bytes, rawBytes };
}

async function packPieces(batch: Batch, { encoding: wanted, onPacked }: PackOptions): Promise<PackedBatch> {
  // Encoded twice: the length stands before what is compressed, and is not known sooner. It costs less than a second copy of the batch.
  let rawBytes = 0;
  for (const { bytes } of batchPieces(batch, PIECE_BYTES)) rawBytes += bytes.byteLength;
  const pieces = function* (): Generator<Uint8Array> {
    for (const { bytes, entries } of batchPieces(batch, PIECE_BYTES)) {
      onPacked?.(entries);
      yield bytes;
    }
  };
  const encoding = encodingOf(wanted, rawBytes);
  return { encoding, bytes: await compressPieces(encoding, { byteLength: rawBytes, pieces: pieces() }), rawBytes };
}

/** The entries of a packed batch, as `decodeBatch` has them. */
export async function unpackBatch({ encoding, bytes, rawBytes }: PackedBatch): Promise<readonly Entry[]> {
  return decodeBatch(await decompress(encoding, bytes, rawBytes)).entries;
}
