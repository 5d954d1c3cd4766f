import { CastaiError } from '@castai/shared/errors.ts';
import { decodeBase64 } from '../read/decode-base64.ts';
import { toPublicKey } from './hpke.ts';

/** A public key of the platform that the operator trusts. */
export interface PlatformKey {
  readonly id: string;
  /** X25519, 32 bytes. */
  readonly raw: Buffer;
}

/** One in use and the one that follows it: enough for a rotation without a gap. */
const MOST_KEYS = 2;

/**
 * The keys of `PLATFORM_KEYS`, `id:base64` each, the one to use first. They come from the configuration alone: keys that are
 * fetched could be exchanged by whoever sits in between. Throws `CONFIG_INVALID`.
 */
export function parsePlatformKeys(entries: readonly string[]): PlatformKey[] {
  const keys = entries.map(parseKey);
  const problem =
    keys.length === 0
      ? 'is not set'
      : keys.length > MOST_KEYS
        ? `has ${keys.length} keys`
        : new Set(keys.map(({ id }) => id)).size < keys.length
          ? 'has two keys of the same id'
          : undefined;
  if (problem === undefined) return keys;
  throw invalid(problem, `give one or ${MOST_KEYS} keys as id:base64, separated by a comma`);
}

function parseKey(entry: string): PlatformKey {
  const match = /^(?<id>[\w.-]{1,64}):(?<key>[\w+/=-]+)$/u.exec(entry);
  const { id = '', key = '' } = match?.groups ?? {};
  const raw = decodeBase64(key);
  if (raw === undefined || raw.length !== 32) {
    throw invalid(
      `has the entry ${JSON.stringify(entry)}`,
      'a key is id:base64 of the 32 bytes of an X25519 public key',
    );
  }
  toPublicKey(raw);
  return { id, raw };
}

function invalid(problem: string, hint: string): CastaiError {
  return new CastaiError('CONFIG_INVALID', `PLATFORM_KEYS ${problem}`, { hint });
}
