import { constants, createCipheriv, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto';
import { indefinite, integer, oid, tlv } from './der-encoder.ts';

/** Ciphers of protected settings. */
export const CIPHERS = {
  'des-ede3-cbc': { oid: '1.2.840.113549.3.7', keyBytes: 24, blockBytes: 8 },
  'aes-128-cbc': { oid: '2.16.840.1.101.3.4.1.2', keyBytes: 16, blockBytes: 16 },
  'aes-192-cbc': { oid: '2.16.840.1.101.3.4.1.22', keyBytes: 24, blockBytes: 16 },
  'aes-256-cbc': { oid: '2.16.840.1.101.3.4.1.42', keyBytes: 32, blockBytes: 16 },
} as const;

/** One of the ciphers. */
export type CipherName = keyof typeof CIPHERS;

const HASHES = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const;

/** How the content key is wrapped: PKCS#1 v1.5, or OAEP with a hash. */
export type Transport = 'pkcs1' | keyof typeof HASHES;

/** Every way to wrap. */
export const TRANSPORTS: readonly Transport[] = ['pkcs1', 'sha1', 'sha256', 'sha384', 'sha512'];

/** What to make. */
export interface CmsOptions {
  readonly plaintext: Uint8Array;
  /** RSA public keys. */
  readonly recipients: readonly KeyObject[];
  readonly cipher?: CipherName;
  readonly transport?: Transport;
  /** How recipients are named. */
  readonly naming?: 'issuer-and-serial' | 'key-identifier';
  /** BER with indefinite lengths and a segmented content, as streaming encoders write it. */
  readonly isIndefinite?: boolean;
  /** Content key of another length, for what must be refused. */
  readonly contentKey?: Uint8Array;
}

/** CMS EnvelopedData as the platform of Azure writes it, or as options say; the encoding of a ContentInfo. */
export function encodeCms(options: CmsOptions): Buffer {
  const { cipher = 'des-ede3-cbc', transport = 'pkcs1', isIndefinite = false } = options;
  const { oid: cipherOid, keyBytes, blockBytes } = CIPHERS[cipher];
  const contentKey = options.contentKey ?? randomBytes(keyBytes);
  const iv = randomBytes(blockBytes);
  const encryption = createCipheriv(cipher, contentKey.length === keyBytes ? contentKey : randomBytes(keyBytes), iv);
  const ciphertext = Buffer.concat([encryption.update(options.plaintext), encryption.final()]);
  const wrap = isIndefinite ? indefinite : tlv;

  const infos = options.recipients.map((key) =>
    tlv(
      0x30,
      integer(options.naming === 'key-identifier' ? 2 : 0),
      options.naming === 'key-identifier' ? tlv(0x80, randomBytes(20)) : issuerAndSerial(),
      transportAlgorithm(transport),
      tlv(0x04, wrapKey(key, transport, contentKey)),
    ),
  );
  const content = wrap(
    0x30,
    oid('1.2.840.113549.1.7.1'),
    tlv(0x30, oid(cipherOid), tlv(0x04, iv)),
    isIndefinite ? indefinite(0xa0, ...segments(ciphertext)) : tlv(0x80, ciphertext),
  );
  const enveloped = wrap(0x30, integer(0), tlv(0x31, ...infos), content);
  return wrap(0x30, oid('1.2.840.113549.1.7.3'), wrap(0xa0, enveloped));
}

/** As the service names it: an issuer of one domainComponent. */
function issuerAndSerial(): Buffer {
  const name = tlv(0x16, Buffer.from('Windows Azure CRP Certificate Generator'));
  const issuer = tlv(0x30, tlv(0x31, tlv(0x30, oid('0.9.2342.19200300.100.1.25'), name)));
  return tlv(0x30, issuer, tlv(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])));
}

function transportAlgorithm(transport: Transport): Buffer {
  const nothing = tlv(0x05);
  if (transport === 'pkcs1') return tlv(0x30, oid('1.2.840.113549.1.1.1'), nothing);
  const hash = tlv(0x30, oid(HASHES[transport]), nothing);
  const mask = tlv(0x30, oid('1.2.840.113549.1.1.8'), hash);
  // SHA-1 is the default, which DER leaves out.
  const parameters = transport === 'sha1' ? tlv(0x30) : tlv(0x30, tlv(0xa0, hash), tlv(0xa1, mask));
  return tlv(0x30, oid('1.2.840.113549.1.1.7'), parameters);
}

function wrapKey(key: KeyObject, transport: Transport, contentKey: Uint8Array): Buffer {
  if (transport === 'pkcs1') return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, contentKey);
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: transport }, contentKey);
}

function segments(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += 1000) parts.push(tlv(0x04, bytes.subarray(start, start + 1000)));
  return parts;
}
