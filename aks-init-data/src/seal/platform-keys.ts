import { CastaiError } from '@castai/shared/errors.ts';
import { decodeBase64 } from '../read/decode-base64.ts';
import { isUsableRecipient } from './hpke.ts';

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
  const [problem] = platformKeyProblems(entries);
  if (problem !== undefined) throw new CastaiError('CONFIG_INVALID', problem);
  return entries.flatMap((entry) => parseKey(entry) ?? []);
}

/** What is wrong with the entries of `PLATFORM_KEYS`, a line each with what to do. */
export function platformKeyProblems(entries: readonly string[]): string[] {
  const said = (problem: string, todo: string): string => `PLATFORM_KEYS ${problem}: ${todo}`;
  const format = `give one or ${MOST_KEYS} keys as id:base64, separated by a comma`;
  if (entries.length === 0) return [said('is not set', format)];
  const unusable = entries
    .filter((entry) => parseKey(entry) === undefined)
    .map((entry) =>
      said(`has the entry ${JSON.stringify(entry)}`, 'a key is id:base64 of the 32 bytes of an X25519 public key'),
    );
  const ids = entries.map((entry) => parseKey(entry)?.id ?? entry);
  return [
    ...unusable,
    ...(entries.length > MOST_KEYS ? [said(`has ${entries.length} keys`, format)] : []),
    ...(new Set(ids).size < ids.length ? [said('has two keys of the same id', format)] : []),
  ];
}

function parseKey(entry: string): PlatformKey | undefined {
  const match = /^(?<id>[\w.-]{1,64}):(?<key>[\w+/=-]+)$/u.exec(entry);
  const { id = '', key = '' } = match?.groups ?? {};
  const raw = decodeBase64(key);
  return raw === undefined || !isUsableRecipient(raw) ? undefined : { id, raw };
}
