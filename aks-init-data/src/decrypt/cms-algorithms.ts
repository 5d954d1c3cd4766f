/** Object identifiers of the content types (RFC 5652, RFC 5083). */
export const CONTENT_TYPE = {
  data: '1.2.840.113549.1.7.1',
  envelopedData: '1.2.840.113549.1.7.3',
  authEnvelopedData: '1.2.840.113549.1.9.16.1.23',
} as const;

/** A content cipher in OpenSSL's words, with the sizes that it must have. */
export interface ContentCipher {
  readonly name: 'des-ede3-cbc' | 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc';
  readonly keyBytes: number;
  /** Of the initialisation vector and of one block. */
  readonly blockBytes: number;
}

/**
 * The ciphers that are accepted, by object identifier (RFC 3370, RFC 3565). 3DES is what the service uses; AES comes with
 * `enableFips1403Encryption`. Anything else is reported by its identifier.
 */
export const CONTENT_CIPHERS: ReadonlyMap<string, ContentCipher> = new Map([
  ['1.2.840.113549.3.7', { name: 'des-ede3-cbc', keyBytes: 24, blockBytes: 8 }],
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', keyBytes: 16, blockBytes: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', keyBytes: 24, blockBytes: 16 }],
  ['2.16.840.1.101.3.4.1.42', { name: 'aes-256-cbc', keyBytes: 32, blockBytes: 16 }],
]);

/** How a content key is wrapped: PKCS#1 v1.5, or OAEP with this hash for both label and mask. */
export type KeyTransport = 'pkcs1' | { readonly oaepHash: string };

/** Object identifiers of key transport (RFC 8017). */
export const RSA = {
  encryption: '1.2.840.113549.1.1.1',
  oaep: '1.2.840.113549.1.1.7',
  mgf1: '1.2.840.113549.1.1.8',
  pSpecified: '1.2.840.113549.1.1.9',
} as const;

/** Hashes of OAEP in OpenSSL's words. SHA-1 is the default when a message names none. */
export const OAEP_HASHES: ReadonlyMap<string, string> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);
