/**
 * The signature of Standard Webhooks, scheme `v1`: HMAC-SHA256 over `id.timestamp.body` in base64.
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { createHmac } from 'node:crypto';

/** The bytes of a secret. */
export type SigningKey = Uint8Array;

const PREFIX = 'whsec_';
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/**
 * The key in a secret as receivers are given it, `whsec_` and 24 to 64 bytes in base64. Throws `RangeError` that shows nothing of it.
 * Strict, because two readers that decode a sloppy one differently make a signature that fits nowhere.
 */
export function parseSigningSecret(secret: string): SigningKey {
  if (!secret.startsWith(PREFIX)) throw new RangeError(`a secret begins with ${PREFIX}`);
  const base64 = secret.slice(PREFIX.length);
  const key = Buffer.from(base64, 'base64');
  if (key.toString('base64') !== base64) throw new RangeError(`behind ${PREFIX} stands base64 with its padding`);
  if (key.length < MIN_BYTES || key.length > MAX_BYTES) {
    throw new RangeError(`a secret has ${MIN_BYTES} to ${MAX_BYTES} bytes, this one has ${key.length}`);
  }
  return key;
}

/** What is signed. */
export interface SignedMessage {
  readonly id: string;
  /** When this attempt is made, seconds since the epoch of Unix: receivers refuse what is older than a few minutes. */
  readonly timestampSeconds: number;
  /** As it is sent. */
  readonly body: string;
}

/** The headers of a message, signed with each key: while a secret is changed there are two, and a receiver has one of them. */
export function signedHeaders(message: SignedMessage, keys: readonly SigningKey[]): Record<string, string> {
  const { id, timestampSeconds, body } = message;
  const signatures = keys.map((key) => {
    const digest = createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`, 'utf8').digest('base64');
    return `v1,${digest}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    ...(signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') }),
  };
}
