import { createHmac, hkdfSync } from 'node:crypto';

const VERSION = 1;

/** What fingerprints are made with, and a word that tells two keys apart without telling anything of them. */
export interface FingerprintKey {
  readonly key: Buffer;
  readonly id: string;
}

/**
 * The fingerprint key of a cluster, made of the platform's API key: every pod has it, nobody else but who ends the TLS connection, and there is
 * no further secret to look after. What that one can do with it is in README.md. When the API key is exchanged, fingerprints of before and after cannot be compared.
 */
export function fingerprintKey(apiKey: string, clusterId: string): FingerprintKey {
  const key = Buffer.from(hkdfSync('sha256', apiKey, clusterId, 'castai-aks-init-data fingerprint', 32));
  return { key, id: createHmac('sha256', key).update('id').digest('hex').slice(0, 8) };
}

/**
 * Keyed hash of what would be sent: of the plaintext, because files and ciphertexts change with every certificate while the
 * content stays. Keyed, because it is stored where others can read it, and guesses at short secrets could be tried otherwise.
 */
export function fingerprintOf(key: Uint8Array, parts: { customData: Uint8Array; settings: Uint8Array }): string {
  const hmac = createHmac('sha256', key).update(Buffer.from([VERSION]));
  for (const part of [parts.customData, parts.settings]) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.byteLength);
    hmac.update(length).update(part);
  }
  return hmac.digest('hex');
}
