import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, OpenError } from '@hpke/core';
import { describe, expect, it } from 'vitest';
import { seal } from './hpke.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const privateKey = (secret: string, publicKey: string): KeyObject =>
  createPrivateKey({
    key: { kty: 'OKP', crv: 'X25519', d: hex(secret).toString('base64url'), x: hex(publicKey).toString('base64url') },
    format: 'jwk',
  });

describe('HPKE', () => {
  it('is that of RFC 9180, appendix A.1.1', () => {
    const enc = '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431';
    const ephemeral = privateKey('52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736', enc);
    const sealed = seal(
      {
        recipient: hex('3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d'),
        info: Buffer.from('Ode on a Grecian Urn'),
        aad: Buffer.from('Count-0'),
        plaintext: Buffer.from('Beauty is truth, truth beauty'),
      },
      { ephemeral, aead: { id: 0x0001, name: 'aes-128-gcm', keyBytes: 16 } },
    );
    expect(sealed.enc.toString('hex')).toBe(enc);
    expect(sealed.ciphertext.toString('hex')).toBe(
      'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
    );
  });

  // The RFC prints no vector for X25519 with AES-256-GCM; the two differ in an identifier and a length.
  it('with AES-256-GCM is opened by another implementation, and only with the same info and data', async () => {
    const suite = new CipherSuite({
      kem: new DhkemX25519HkdfSha256(),
      kdf: new HkdfSha256(),
      aead: new Aes256Gcm(),
    });
    const recipient = await suite.kem.generateKeyPair();
    const raw = Buffer.from(await suite.kem.serializePublicKey(recipient.publicKey));
    const open = async (sealed: ReturnType<typeof seal>, info: Buffer, aad: Buffer): Promise<Buffer> =>
      Buffer.from(await suite.open({ recipientKey: recipient, enc: sealed.enc, info }, sealed.ciphertext, aad));
    for (const size of [0, 1, 16, 100_000]) {
      const [plaintext, info, aad] = [randomBytes(size), randomBytes(20), randomBytes(50)];
      const sealed = seal({ recipient: raw, info, aad, plaintext });
      expect(sealed.ciphertext.length).toBe(size + 16);
      expect((await open(sealed, info, aad)).equals(plaintext)).toBe(true);
      await expect(open(sealed, info, randomBytes(50))).rejects.toBeInstanceOf(OpenError);
      await expect(open(sealed, randomBytes(20), aad)).rejects.toBeInstanceOf(OpenError);
      sealed.ciphertext[0] = (sealed.ciphertext[0] ?? 0) ^ 1;
      await expect(open(sealed, info, aad)).rejects.toBeInstanceOf(OpenError);
    }
  });

  it('never seals the same twice alike', () => {
    const { publicKey } = generateKeyPairSync('x25519');
    const recipient = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const request = { recipient, info: Buffer.alloc(0), aad: Buffer.alloc(0), plaintext: Buffer.alloc(64) };
    const [first, second] = [seal(request), seal(request)];
    expect(first.enc.equals(second.enc)).toBe(false);
    expect(first.ciphertext.equals(second.ciphertext)).toBe(false);
  });

  it('refuses a recipient that is no key, and points whose secret everybody knows', () => {
    const lowOrder = hex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800');
    for (const recipient of [Buffer.alloc(0), Buffer.alloc(31, 9), Buffer.alloc(33, 9), Buffer.alloc(32), lowOrder]) {
      const request = { recipient, info: Buffer.alloc(0), aad: Buffer.alloc(0), plaintext: Buffer.alloc(1) };
      expect(() => seal(request)).toThrow(/JWK|deriv/iu);
    }
  });
});
