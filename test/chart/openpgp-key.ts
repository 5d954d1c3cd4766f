import { createHash, generateKeyPairSync, sign } from 'node:crypto';

/** Sizes of a packet's body by RFC 4880, new format with five octets. */
function packet(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(0xc0 | tag, 0xff), uint32(body.length), body]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A number as OpenPGP writes it: its bits, then its bytes without leading zeros. */
function mpi(bytes: Buffer): Buffer {
  let start = 0;
  while (bytes[start] === 0) start += 1;
  const digits = bytes.subarray(start);
  return Buffer.concat([uint16((digits.length - 1) * 8 + (32 - Math.clz32(digits[0] ?? 0))), digits]);
}

/**
 * A new keyring in OpenPGP's binary form with one private RSA key without a passphrase, as `gpg --export-secret-keys` writes it: tests
 * must not depend on a gpg of the machine.
 */
export function newKeyring(userId: string): Buffer {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' });
  const part = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');
  const created = uint32(Math.floor(Date.now() / 1000) - 60);
  const publicBody = Buffer.concat([Buffer.of(4), created, Buffer.of(1), mpi(part(jwk.n)), mpi(part(jwk.e))]);
  // The inverse that it wants is of the first prime modulo the second, which is a JWK's with the two exchanged.
  const secret = Buffer.concat([mpi(part(jwk.d)), mpi(part(jwk.q)), mpi(part(jwk.p)), mpi(part(jwk.qi))]);
  const checksum = uint16(secret.reduce((sum, byte) => (sum + byte) & 0xffff, 0));
  const forHash = Buffer.concat([Buffer.of(0x99), uint16(publicBody.length), publicBody]);
  const keyId = createHash('sha1').update(forHash).digest().subarray(-8);
  const name = Buffer.from(userId, 'utf8');
  // Made now; to certify and to sign.
  const hashed = Buffer.concat([Buffer.of(5, 2), created, Buffer.of(2, 27, 3)]);
  const head = Buffer.concat([Buffer.of(4, 0x13, 1, 8), uint16(hashed.length), hashed]);
  const signed = Buffer.concat([
    forHash,
    Buffer.concat([Buffer.of(0xb4), uint32(name.length), name]),
    Buffer.concat([head, Buffer.of(4, 0xff), uint32(head.length)]),
  ]);
  const unhashed = Buffer.concat([Buffer.of(9, 16), keyId]);
  const left = createHash('sha256').update(signed).digest().subarray(0, 2);
  const signature = mpi(sign('sha256', signed, privateKey));
  return Buffer.concat([
    packet(5, publicBody, Buffer.of(0), secret, checksum),
    packet(13, name),
    packet(2, head, uint16(unhashed.length), unhashed, left, signature),
  ]);
}
