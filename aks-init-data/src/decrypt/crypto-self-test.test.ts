import { generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testCrypto } from './crypto-self-test.ts';

const nodeVersion = 'v24.9.9';

describe('crypto self-test', () => {
  it('is passed by the Node that this repository pins', () => {
    expect(() => testCrypto({ nodeVersion, generateKeyPairSync, privateDecrypt })).not.toThrow();
  });

  it('names what an unsuitable Node cannot do, and what to run instead', () => {
    // As Node says it when its OpenSSL has no implicit rejection.
    const refusing = (() => {
      throw new TypeError('RSA_PKCS1_PADDING is no longer supported for private decryption');
    }) as unknown as typeof privateDecrypt;
    expect(() => testCrypto({ nodeVersion, generateKeyPairSync, privateDecrypt: refusing })).toThrow(
      expect.objectContaining({
        kind: 'crypto-unsuitable',
        message: 'this Node (v24.9.9) cannot do RSA PKCS#1 v1.5',
        hint: expect.stringContaining('official image') as string,
      }) as Error,
    );
  });

  it('does not believe a decryption that gives something else', () => {
    const lying = (() => Buffer.from('else')) as unknown as typeof privateDecrypt;
    expect(() => testCrypto({ nodeVersion, generateKeyPairSync, privateDecrypt: lying })).toThrow(
      'cannot do RSA PKCS#1 v1.5',
    );
  });
});
