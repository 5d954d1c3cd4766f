import {
  constants,
  createDecipheriv,
  createPublicKey,
  type generateKeyPairSync,
  getCiphers,
  type privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import { DataProblem } from '../read/data-problem.ts';
import { CONTENT_CIPHERS, OAEP_HASHES } from './cms-algorithms.ts';

/** A Node: the two parts of `node:crypto` that differ between builds. Handed in, so that a test can be an unsuitable one. */
export interface CryptoUnderTest {
  /** As it calls itself, `v24.1.0`. */
  readonly nodeVersion: string;
  readonly generateKeyPairSync: typeof generateKeyPairSync;
  readonly privateDecrypt: typeof privateDecrypt;
}

const REMEDY =
  'run the official image, or Node 24 from nodejs.org: builds of Linux distributions use the OpenSSL of the system, ' +
  'which must be 3.2 or newer and not be in FIPS mode';

/**
 * Does with a key made for the purpose what decrypting will need: RSA PKCS#1 v1.5, which Node refuses when its OpenSSL has no
 * implicit rejection (CVE-2023-46809), OAEP with every hash, and each content cipher. Throws `DataProblem`
 * `crypto-unsuitable` that says what this Node cannot do.
 */
export function testCrypto(crypto: CryptoUnderTest): void {
  const check = (what: string, works: () => boolean): void => {
    if (isDone(works)) return;
    throw new DataProblem('crypto-unsuitable', `this Node (${crypto.nodeVersion}) cannot do ${what}`, { hint: REMEDY });
  };
  const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKey = createPublicKey(privateKey);
  const secret = Buffer.from('self-test');
  const paddings = [
    { name: 'RSA PKCS#1 v1.5', padding: constants.RSA_PKCS1_PADDING },
    ...OAEP_HASHES.values().map((oaepHash) => ({
      name: `RSA OAEP with ${oaepHash}`,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash,
    })),
  ];
  for (const { name, ...padding } of paddings) {
    check(name, () => {
      const wrapped = publicEncrypt({ key: publicKey, ...padding }, secret);
      return crypto.privateDecrypt({ key: privateKey, ...padding }, wrapped).equals(secret);
    });
  }
  const known = getCiphers();
  for (const { name, keyBytes, blockBytes } of CONTENT_CIPHERS.values()) {
    check(name, () => {
      createDecipheriv(name, Buffer.alloc(keyBytes, 7), Buffer.alloc(blockBytes));
      return known.includes(name);
    });
  }
}

function isDone(works: () => boolean): boolean {
  try {
    return works();
  } catch {
    // Said by the caller, in words that help.
    return false;
  }
}
