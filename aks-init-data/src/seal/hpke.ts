import {
  createCipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

/** What is sealed, to whom, and what is bound to it. */
export interface SealRequest {
  /** X25519 public key, 32 bytes. */
  readonly recipient: Uint8Array;
  /** What the sealing is for; the opener must know it. */
  readonly info: Uint8Array;
  /** Authenticated, not encrypted; the opener must know it. */
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
}

/** What only the owner of the recipient's private key can open. */
export interface Sealed {
  /** The ephemeral public key, 32 bytes. */
  readonly enc: Buffer;
  /** As long as the plaintext, and the tag's 16 bytes. */
  readonly ciphertext: Buffer;
}

/** An AEAD of HPKE's registry. */
export interface Aead {
  readonly id: number;
  readonly name: 'aes-128-gcm' | 'aes-256-gcm';
  readonly keyBytes: number;
}

/** The one that is used. The RFC has vectors for others only, so the function takes it as an option. */
const AES_256_GCM: Aead = { id: 0x0002, name: 'aes-256-gcm', keyBytes: 32 };

const KEM_ID = 0x0020;
const KDF_ID = 0x0001;
const HASH = 'sha256';
const HASH_BYTES = 32;
const NONCE_BYTES = 12;
const MODE_BASE = 0x00;

/**
 * Seals one message by HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256) and HKDF-SHA256.
 *
 * Every primitive is Node's: Diffie-Hellman, HKDF, HMAC and the AEAD; only the RFC's order of calls is ours, and its vectors
 * and an independent implementation test it. A package was not taken because those work on WebCrypto, which copies the
 * plaintext to another thread, into memory that nobody can wipe, and this is a supply chain right beside key material.
 *
 * Throws what OpenSSL throws when `recipient` is no usable public key, points of low order among them.
 */
export function seal(request: SealRequest, options: { aead?: Aead; ephemeral?: KeyObject } = {}): Sealed {
  const { recipient, info, aad, plaintext } = request;
  const { aead = AES_256_GCM, ephemeral = generateKeyPairSync('x25519').privateKey } = options;
  const enc = rawPublicKey(ephemeral);
  const sharedSecret = encapsulate({ ephemeral, enc, recipient });
  const [key, nonce] = schedule({ sharedSecret, info, aead });
  sharedSecret.fill(0);
  try {
    const encryption = createCipheriv(aead.name, key, nonce).setAAD(aad);
    const ciphertext = Buffer.concat([encryption.update(plaintext), encryption.final(), encryption.getAuthTag()]);
    return { enc, ciphertext };
  } finally {
    key.fill(0);
  }
}

/** Whether these bytes are a public key that can be sealed to: 32 of them, and none of the points that give the same secret to everyone. */
export function isUsableRecipient(raw: Uint8Array): boolean {
  try {
    const { privateKey } = generateKeyPairSync('x25519');
    diffieHellman({ privateKey, publicKey: toPublicKey(raw) }).fill(0);
    return true;
  } catch {
    return false;
  }
}

/** X25519 public key out of its 32 bytes. Throws when they are another number. */
function toPublicKey(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}

/** RFC 9180 §4.1, Encap. */
function encapsulate(parts: { ephemeral: KeyObject; enc: Buffer; recipient: Uint8Array }): Buffer {
  const { ephemeral, enc, recipient } = parts;
  const suite = Buffer.concat([Buffer.from('KEM'), twoBytes(KEM_ID)]);
  const dh = diffieHellman({ privateKey: ephemeral, publicKey: toPublicKey(recipient) });
  const ikm = labeledIkm(suite, 'eae_prk', dh);
  const context = Buffer.concat([enc, recipient]);
  try {
    const info = labeledInfo(suite, 'shared_secret', { context, length: HASH_BYTES });
    return Buffer.from(hkdfSync(HASH, ikm, Buffer.alloc(0), info, HASH_BYTES));
  } finally {
    dh.fill(0);
    ikm.fill(0);
  }
}

/** RFC 9180 §5.1, KeySchedule in base mode: key and nonce of the first message, the only one. */
function schedule(parts: { sharedSecret: Buffer; info: Uint8Array; aead: Aead }): [Buffer, Buffer] {
  const { sharedSecret, info, aead } = parts;
  const suite = Buffer.concat([Buffer.from('HPKE'), twoBytes(KEM_ID), twoBytes(KDF_ID), twoBytes(aead.id)]);
  const context = Buffer.concat([
    Buffer.from([MODE_BASE]),
    labeledExtract(suite, 'psk_id_hash', Buffer.alloc(0)),
    labeledExtract(suite, 'info_hash', info),
  ]);
  const ikm = labeledIkm(suite, 'secret', Buffer.alloc(0));
  // Extract and expand in one call: the secret in between is used for nothing else.
  const derive = (label: string, length: number): Buffer =>
    Buffer.from(hkdfSync(HASH, ikm, sharedSecret, labeledInfo(suite, label, { context, length }), length));
  return [derive('key', aead.keyBytes), derive('base_nonce', NONCE_BYTES)];
}

function labeledExtract(suite: Buffer, label: string, ikm: Uint8Array): Buffer {
  return createHmac(HASH, Buffer.alloc(0))
    .update(labeledIkm(suite, label, ikm))
    .digest();
}

function labeledIkm(suite: Buffer, label: string, ikm: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('HPKE-v1'), suite, Buffer.from(label), ikm]);
}

function labeledInfo(suite: Buffer, label: string, { context, length }: { context: Buffer; length: number }): Buffer {
  return Buffer.concat([twoBytes(length), labeledIkm(suite, label, context)]);
}

function twoBytes(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function rawPublicKey(key: KeyObject): Buffer {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}
