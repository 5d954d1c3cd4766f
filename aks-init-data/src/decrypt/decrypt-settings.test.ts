import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CIPHERS,
  type CipherName,
  type CmsOptions,
  encodeCms,
  TRANSPORTS,
} from '@castai/test/fakes/waagent/cms-encoder.ts';
import { mutateBytes } from '@castai/shared/testing/mutate-bytes.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { DataProblem } from '../read/data-problem.ts';
import { decryptSettings, isCommandJson, parsePrivateKey } from './decrypt-settings.ts';

const CANARY = 'canary-of-the-command';
const PLAINTEXT = Buffer.from(JSON.stringify({ commandToExecute: `TOKEN=${CANARY} /usr/bin/provision --wait ž` }));
const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });

const encode = (options: Partial<CmsOptions> = {}): Buffer =>
  encodeCms({ plaintext: PLAINTEXT, recipients: [ours.publicKey], ...options });
const problemOf = (work: () => unknown): DataProblem => {
  try {
    work();
  } catch (error) {
    if (error instanceof DataProblem) return error;
    throw error;
  }
  throw new Error('it succeeded');
};
const expectFailure = (input: Uint8Array, stage: string, key = ours.privateKey): DataProblem => {
  const problem = problemOf(() => decryptSettings(input, key));
  expect(problem).toMatchObject({ kind: 'decryption-failed', details: { stage, bytes: input.length } });
  return problem;
};

describe('decrypting protected settings', () => {
  it('opens every cipher with every key transport, named either way, with definite and indefinite lengths', () => {
    for (const cipher of Object.keys(CIPHERS) as CipherName[]) {
      for (const transport of TRANSPORTS) {
        for (const naming of ['issuer-and-serial', 'key-identifier'] as const) {
          for (const isIndefinite of [false, true]) {
            const { plaintext, oids } = decryptSettings(
              encode({ cipher, transport, naming, isIndefinite }),
              ours.privateKey,
            );
            expect({ cipher, transport, naming, isIndefinite, same: plaintext.equals(PLAINTEXT) }).toMatchObject({
              same: true,
            });
            expect(oids).toContain(CIPHERS[cipher].oid);
          }
        }
      }
    }
  });

  it('finds its own among several recipients', () => {
    for (const recipients of [
      [theirs.publicKey, ours.publicKey],
      [ours.publicKey, theirs.publicKey],
    ]) {
      for (const transport of TRANSPORTS) {
        expect(decryptSettings(encode({ recipients, transport }), ours.privateKey).plaintext).toEqual(PLAINTEXT);
      }
    }
  });

  it('opens a command line of the largest size', () => {
    const plaintext = Buffer.from(JSON.stringify({ commandToExecute: 'x'.repeat(90_000) }));
    for (const isIndefinite of [false, true]) {
      expect(decryptSettings(encode({ plaintext, isIndefinite }), ours.privateKey).plaintext).toEqual(plaintext);
    }
  });

  it('says one thing only when the key is wrong, whatever OpenSSL makes of it', () => {
    for (const transport of TRANSPORTS) {
      for (const cipher of Object.keys(CIPHERS) as CipherName[]) {
        const problem = expectFailure(encode({ cipher, transport }), 'content', theirs.privateKey);
        expect(problem.message).toMatch(
          /^the protected settings cannot be decrypted \(stage content; \d+ bytes; OIDs /u,
        );
        expect(problem.cause).toBeUndefined();
      }
    }
  });

  it('never takes garbage of a corrupt content key or ciphertext for settings', () => {
    const random = new SeededRandom(5);
    const whole = encode();
    let refused = 0;
    for (let trial = 0; trial < 300; trial += 1) {
      const input = Buffer.from(whole);
      // Behind the headers: the wrapped key and the ciphertext.
      const at = input.length - 1 - random.integer(380);
      input[at] = (input[at] ?? 0) ^ (1 << random.integer(8));
      try {
        const { plaintext } = decryptSettings(input, ours.privateKey);
        // A flipped bit in the middle of CBC garbles a block and a bit: as JSON text that may pass, as a command too.
        expect(isCommandJson(plaintext)).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ kind: 'decryption-failed' });
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(250);
  });

  it('refuses a content key of another length, although the plaintext would come out', () => {
    for (const length of [0, 16, 23, 25, 32]) expectFailure(encode({ contentKey: Buffer.alloc(length, 1) }), 'content');
  });

  it('refuses plaintext that is no settings', () => {
    const f = (text: string | Buffer): DataProblem =>
      expectFailure(encode({ plaintext: Buffer.from(text) }), 'content');
    f('');
    f('not JSON');
    f('null');
    f('[{"commandToExecute":"x"}]');
    f('"commandToExecute"');
    // As a damaged initialisation vector leaves them.
    f('{"commandToExfcute":"x"}');
    f('{"Xommandtoexecute":"x"}');
    f('{"comma\\ndToExecute":"x"}');
    f(Buffer.from('7b22636f6d6d616e64546f45786563757465223a22ff227d', 'hex'));
    f(JSON.stringify({ commandToExecute: 'x'.repeat(1024 * 1024) }));
  });

  it('tells settings that hold no command as what they are: no other certificate will bring one', () => {
    const f = (text: string, recipients = [ours.publicKey]): void => {
      const input = encode({ plaintext: Buffer.from(text), recipients });
      const problem = problemOf(() => decryptSettings(input, ours.privateKey));
      expect([text, problem.kind, problem.details]).toEqual([
        text,
        'command-absent',
        { bytes: input.length, oids: expect.any(Array) as unknown, hint: expect.any(String) as unknown },
      ]);
      expect(`${problem.message} ${problem.hint ?? ''}`).not.toMatch(/certificate|canary/u);
    };
    f('{}');
    f('{"commandToExecute":""}');
    f('{"commandToExecute":7}');
    f('{"storageAccountName":"canary","storageAccountKey":"canary"}');
    f('{"__proto__":{"commandToExecute":"canary"}}');
    f('{}', [theirs.publicKey, ours.publicKey]);
  });

  it('names the algorithms that it refuses, and nothing else', () => {
    const f = (input: Buffer, expected: string): void => {
      expect(expectFailure(input, 'algorithm').details.oids).toContain(expected);
    };
    const replace = (input: Buffer, from: string, to: string): Buffer =>
      Buffer.from(input.toString('hex').replace(from, to), 'hex');
    // RC2 in place of 3DES, Ed25519 in place of RSA, signed-data in place of enveloped-data, MD5 in place of SHA-256.
    f(replace(encode(), '2a864886f70d0307', '2a864886f70d0302'), '1.2.840.113549.3.2');
    f(replace(encode(), '2a864886f70d010101', '2a864886f70d010181'.slice(0, 16) + '04'), '1.2.840.113549.1.1.4');
    f(replace(encode(), '2a864886f70d010703', '2a864886f70d010702'), '1.2.840.113549.1.7.2');
    f(replace(encode({ transport: 'sha256' }), '608648016503040201', '608648016503040204'), '2.16.840.1.101.3.4.2.4');
  });

  it('refuses OAEP whose mask has another hash than its label', () => {
    const hex = encode({ transport: 'sha256' }).toString('hex');
    const at = hex.lastIndexOf('608648016503040201');
    const mixed = Buffer.from(`${hex.slice(0, at)}608648016503040202${hex.slice(at + 18)}`, 'hex');
    expectFailure(mixed, 'algorithm');
  });

  it('refuses bytes after the end, a cut-off message and messages that are something else', () => {
    const whole = encode();
    expectFailure(Buffer.concat([whole, Buffer.from([0])]), 'structure');
    for (const length of [0, 1, 2, 20, 200, whole.length - 1]) expectFailure(whole.subarray(0, length), 'structure');
    expectFailure(Buffer.from('{"commandToExecute":"x"}'), 'structure');
    expectFailure(encode({ recipients: [] }), 'algorithm');
    expectFailure(encode({ recipients: Array.from({ length: 17 }, () => ours.publicKey) }), 'structure');
  });

  it('survives 20,000 mutations without crash, hang or a word of content', () => {
    const seed = 20_000;
    const random = new SeededRandom(seed);
    const sources = [
      encode(),
      encode({ isIndefinite: true, cipher: 'aes-256-cbc' }),
      encode({ transport: 'sha256', naming: 'key-identifier', cipher: 'aes-128-cbc' }),
      encode({ transport: 'sha1', recipients: [theirs.publicKey, ours.publicKey] }),
    ];
    let opened = 0;
    for (let trial = 0; trial < 20_000; trial += 1) {
      const input = mutateBytes(random.pick(sources), random, 420);
      try {
        opened += decryptSettings(input, ours.privateKey).plaintext.includes('commandToExecute') ? 1 : 0;
      } catch (error) {
        if (!(error instanceof DataProblem)) throw new Error(`seed ${seed}, trial ${trial}`, { cause: error });
        expect(error.kind).toBe('decryption-failed');
        expect(`${error.message} ${String(error.stack)} ${JSON.stringify(error.details)}`).not.toContain(CANARY);
      }
    }
    // Mutations of names and serial numbers change nothing that is looked at.
    expect(opened).toBeGreaterThan(100);
  }, 300_000);
});

describe('private keys', () => {
  const pem = String(ours.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const accepts = (text: string): boolean => parsePrivateKey(Buffer.from(text)).equals(ours.privateKey);

  it('are taken with Bag Attributes in front, CRLF, and as PKCS#1', () => {
    const bag =
      'Bag Attributes\n    localKeyID: 01 00 00 00\n    Microsoft CSP Name: x\nKey Attributes\n    X509v3 Key Usage: 10\n';
    expect(accepts(pem)).toBe(true);
    expect(accepts(bag + pem)).toBe(true);
    expect(accepts((bag + pem).replaceAll('\n', '\r\n'))).toBe(true);
    expect(accepts(String(ours.privateKey.export({ type: 'pkcs1', format: 'pem' })))).toBe(true);
  });

  it('are refused without quoting them when they are cut off, of another kind or something else', () => {
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    for (const text of [pem.slice(0, 900), '', 'nothing', String(elliptic), pem.replaceAll('A', '*')]) {
      const problem = problemOf(() => parsePrivateKey(Buffer.from(text)));
      expect([problem.kind, problem.cause]).toEqual(['key-unusable', undefined]);
      expect(problem.message).not.toContain(pem.slice(100, 110));
    }
  });
});

describe('with openssl cms as the oracle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'castai-cms-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const makeKey = (name: string): { cert: string; key: KeyObject } => {
    const subject = ['-subj', `/DC=${name}`, '-days', '2', '-nodes', '-keyout', path(`${name}.key`)];
    openssl('req', '-x509', '-newkey', 'rsa:2048', ...subject, '-out', path(`${name}.crt`));
    return { cert: path(`${name}.crt`), key: createPrivateKey(readFileSync(path(`${name}.key`))) };
  };

  it('opens what openssl encrypts, in every form that it can write', () => {
    const [mine, other] = [makeKey('mine'), makeKey('other')];
    const plain = path('plain.json');
    writeFileSync(plain, PLAINTEXT);
    const encrypt = (...args: readonly string[]): Buffer => {
      openssl('cms', '-encrypt', '-binary', '-in', plain, '-outform', 'DER', '-out', path('out.der'), ...args);
      return readFileSync(path('out.der'));
    };
    const f = (input: Buffer): void => expect(decryptSettings(input, mine.key).plaintext).toEqual(PLAINTEXT);
    for (const cipher of ['-des3', '-aes128', '-aes192', '-aes256']) f(encrypt(cipher, mine.cert));
    f(encrypt('-des3', '-keyid', mine.cert));
    f(encrypt('-des3', '-stream', mine.cert));
    f(encrypt('-aes256', other.cert, mine.cert));
    for (const hash of ['sha1', 'sha256', 'sha384', 'sha512']) {
      const oaep = ['-keyopt', 'rsa_padding_mode:oaep', '-keyopt', `rsa_oaep_md:${hash}`];
      f(encrypt('-aes256', '-recip', mine.cert, ...oaep));
    }
    openssl(
      'smime',
      '-encrypt',
      '-binary',
      '-des3',
      '-in',
      plain,
      '-outform',
      'DER',
      '-out',
      path('out.der'),
      mine.cert,
    );
    f(readFileSync(path('out.der')));
  }, 300_000);

  it('reports AuthEnvelopedData with its cipher', () => {
    const { cert, key } = makeKey('gcm');
    writeFileSync(path('gcm.json'), PLAINTEXT);
    openssl(
      'cms',
      '-encrypt',
      '-aes-256-gcm',
      '-in',
      path('gcm.json'),
      '-outform',
      'DER',
      '-out',
      path('gcm.der'),
      cert,
    );
    const problem = expectFailure(readFileSync(path('gcm.der')), 'algorithm', key);
    expect(problem.details.oids).toEqual(['1.2.840.113549.1.9.16.1.23', '2.16.840.1.101.3.4.1.46']);
  });

  it('agrees with openssl about what our own encoder writes', () => {
    const { cert, key } = makeKey('own');
    const publicKey = createPublicKey(key);
    for (const isIndefinite of [false, true]) {
      writeFileSync(path('own.der'), encodeCms({ plaintext: PLAINTEXT, recipients: [publicKey], isIndefinite }));
      const files = ['-in', path('own.der'), '-inkey', path('own.key'), '-out', path('own.json')];
      openssl('cms', '-decrypt', '-binary', '-inform', 'DER', ...files);
      expect(readFileSync(path('own.json'))).toEqual(PLAINTEXT);
    }
    expect(cert).not.toBe('');
  });
});
