import { generateKeyPairSync } from 'node:crypto';

/** A key pair of the platform: public half for nodes, private half for itself, base64 of 32 bytes each. */
export interface PlatformKeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** An X25519 key pair, made now. */
export function makePlatformKeys(): PlatformKeyPair {
  const { d = '', x = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  const toBase64 = (text: string): string => Buffer.from(text, 'base64url').toString('base64');
  return { publicKey: toBase64(x), privateKey: toBase64(d) };
}
