import { createHash } from 'node:crypto';
import objects from './dictionary.json' with { type: 'json' };

/**
 * What both sides know of a body before it comes: objects of each kind, as they leave a cluster (`npm run dictionary`). A single change is
 * mostly what stands in every other object of its kind, so it takes a third of the bytes; from a few hundred in a batch on the batch
 * is dictionary enough to itself.
 */
export const DICTIONARY: Uint8Array = Buffer.from(objects.join(''));

const hash = createHash('sha256').update(DICTIONARY).digest();

/** The value of {@link DICTIONARY_HEADER} for this dictionary: its SHA-256 as a byte sequence of RFC 8941. */
export const DICTIONARY_NAME = `:${hash.toString('base64')}:`;

/** The header of an open's answer that names the dictionary by which batches may be compressed (RFC 9842, section 2.2, the other way round). */
export const DICTIONARY_HEADER = 'available-dictionary';

/** What a body of the content coding `dcz` begins with: a frame that zstd skips, and in it which dictionary it is (RFC 9842, section 5). */
export const DCZ_PREFIX: Uint8Array = Buffer.concat([Buffer.from('5e2a4d1820000000', 'hex'), hash]);

/** The zstd frames of a body of coding `dcz` that was compressed with {@link DICTIONARY}; undefined for any other. */
export function dczFrames(body: Uint8Array): Uint8Array | undefined {
  const isOurs = Buffer.compare(body.subarray(0, DCZ_PREFIX.byteLength), DCZ_PREFIX) === 0;
  return isOurs ? body.subarray(DCZ_PREFIX.byteLength) : undefined;
}
