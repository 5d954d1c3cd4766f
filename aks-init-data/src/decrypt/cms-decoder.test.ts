import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CIPHERS, type CipherName, encodeCms } from '@castai/test/fakes/waagent/cms-encoder.ts';
import { integer, oid, tlv } from '@castai/test/fakes/waagent/der-encoder.ts';
import { DataProblem } from '../read/data-problem.ts';
import { decodeCms } from './cms-decoder.ts';

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PLAINTEXT = Buffer.from('twenty bytes of text');
const DATA = '1.2.840.113549.1.7.1';
const ENVELOPED = '1.2.840.113549.1.7.3';
const AES_256 = '2.16.840.1.101.3.4.1.42';
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const OAEP = '1.2.840.113549.1.1.7';

const RECIPIENT_NAME = tlv(0x80, Buffer.alloc(20));
const recipient = (algorithm: Buffer): Buffer =>
  tlv(0x30, integer(2), RECIPIENT_NAME, algorithm, tlv(0x04, Buffer.alloc(256)));
const PKCS1 = recipient(tlv(0x30, oid(RSA_ENCRYPTION), tlv(0x05)));
const AES = tlv(0x30, oid(AES_256), tlv(0x04, Buffer.alloc(16)));
const BLOCK = tlv(0x80, Buffer.alloc(16));

/** A message of these parts; what is left out is as it should be. */
function message(parts: {
  readonly type?: string;
  readonly infos?: readonly Buffer[];
  readonly inner?: string;
  readonly algorithm?: Buffer;
  readonly content?: Buffer;
  readonly before?: readonly Buffer[];
  readonly after?: readonly Buffer[];
}): Buffer {
  const { type = ENVELOPED, infos = [PKCS1], inner = DATA, algorithm = AES, content = BLOCK } = parts;
  const { before = [], after = [] } = parts;
  const encrypted = tlv(0x30, oid(inner), algorithm, content);
  const enveloped = tlv(0x30, integer(2), ...before, tlv(0x31, ...infos), encrypted, ...after);
  return tlv(0x30, oid(type), tlv(0xa0, enveloped));
}

function problemOf(bytes: Uint8Array): unknown {
  try {
    return decodeCms(bytes);
  } catch (error) {
    if (error instanceof DataProblem) return { kind: error.kind, ...error.details };
    throw error;
  }
}

describe('a message', () => {
  it('gives recipients, cipher, initialisation vector and ciphertext', () => {
    for (const cipher of Object.keys(CIPHERS) as CipherName[]) {
      const { keyBytes, blockBytes } = CIPHERS[cipher];
      const decoded = decodeCms(encodeCms({ plaintext: PLAINTEXT, recipients: [publicKey, publicKey], cipher }));
      expect(decoded.recipients.map(({ transport, encryptedKey }) => [transport, encryptedKey.length])).toEqual([
        ['pkcs1', 256],
        ['pkcs1', 256],
      ]);
      expect(decoded.cipher).toEqual({ name: cipher, keyBytes, blockBytes });
      expect(decoded.iv.length).toBe(blockBytes);
      expect(decoded.ciphertext.length).toBe(blockBytes === 8 ? 24 : 32);
      expect(decoded.oids).toEqual([ENVELOPED, DATA, CIPHERS[cipher].oid, RSA_ENCRYPTION]);
    }
  });

  it('may have certificates in front, attributes behind, and recipients of other kinds in between', () => {
    const keyAgreement = tlv(0xa1, integer(3));
    const decoded = decodeCms(
      message({ before: [tlv(0xa0)], infos: [keyAgreement, PKCS1], after: [tlv(0xa1, tlv(0x30))] }),
    );
    expect(decoded.recipients).toHaveLength(1);
  });

  it('may be cut into segments, and those again', () => {
    const half = tlv(0x04, Buffer.alloc(8, 1));
    const { ciphertext } = decodeCms(message({ content: tlv(0xa0, half, tlv(0x24, half)) }));
    expect(ciphertext).toEqual(Buffer.alloc(16, 1));
  });

  it('names the hash of OAEP, SHA-1 where it names none', () => {
    const sha256 = tlv(0x30, oid('2.16.840.1.101.3.4.2.1'), tlv(0x05));
    const mask = tlv(0x30, oid('1.2.840.113549.1.1.8'), sha256);
    const label = tlv(0x30, oid('1.2.840.113549.1.1.9'), tlv(0x04));
    const transportOf = (...parameters: readonly Buffer[]): unknown =>
      decodeCms(message({ infos: [recipient(tlv(0x30, oid(OAEP), ...parameters))] })).recipients[0]?.transport;
    expect(transportOf()).toEqual({ oaepHash: 'sha1' });
    expect(transportOf(tlv(0x05))).toEqual({ oaepHash: 'sha1' });
    expect(transportOf(tlv(0x30, tlv(0xa0, sha256), tlv(0xa1, mask), tlv(0xa2, label)))).toEqual({
      oaepHash: 'sha256',
    });
  });
});

describe('a message that is refused', () => {
  const refusal = (bytes: Buffer, stage: 'structure' | 'algorithm', oids: readonly string[]): unknown => ({
    kind: 'decryption-failed',
    stage,
    oids,
    bytes: bytes.length,
  });
  const sha256 = tlv(0x30, oid('2.16.840.1.101.3.4.2.1'), tlv(0x05));
  const oaep = (...fields: readonly Buffer[]): Buffer => recipient(tlv(0x30, oid(OAEP), tlv(0x30, ...fields)));

  it.each<readonly [string, Buffer, readonly string[]]>([
    ['nothing', Buffer.alloc(0), []],
    ['no sequence', tlv(0x31, oid(ENVELOPED)), []],
    ['more than one content', tlv(0x30, oid(ENVELOPED), tlv(0xa0, tlv(0x30), tlv(0x30))), [ENVELOPED]],
    ['something behind the attributes', message({ after: [tlv(0xa1), tlv(0x30)] }), [ENVELOPED]],
    ['more recipients than an attack should get', message({ infos: Array<Buffer>(17).fill(PKCS1) }), [ENVELOPED]],
    ['half a block', message({ content: tlv(0x80, Buffer.alloc(24)) }), [ENVELOPED, DATA, AES_256]],
    ['no block at all', message({ content: tlv(0x80) }), [ENVELOPED, DATA, AES_256]],
    [
      'an initialisation vector of another cipher',
      message({ algorithm: tlv(0x30, oid(AES_256), tlv(0x04, Buffer.alloc(8))) }),
      [ENVELOPED, DATA, AES_256],
    ],
    [
      'a recipient without a name',
      message({ infos: [tlv(0x30, integer(2), integer(1), tlv(0x30), tlv(0x04))] }),
      [ENVELOPED, DATA, AES_256],
    ],
  ])('by its structure: %s', (_what, bytes, oids) => {
    expect(problemOf(bytes)).toEqual(refusal(bytes, 'structure', oids));
  });

  it.each<readonly [string, Buffer, readonly string[]]>([
    ['signed data', message({ type: '1.2.840.113549.1.7.2' }), ['1.2.840.113549.1.7.2']],
    ['another content inside', message({ inner: ENVELOPED }), [ENVELOPED]],
    [
      'a cipher that is not allowed',
      message({ algorithm: tlv(0x30, oid('1.2.840.113549.3.2'), tlv(0x04, Buffer.alloc(8))) }),
      [ENVELOPED, DATA, '1.2.840.113549.3.2'],
    ],
    ['nobody with an RSA key', message({ infos: [tlv(0xa1, integer(3))] }), [ENVELOPED, DATA, AES_256]],
    [
      'a key transport that is not allowed',
      message({ infos: [recipient(tlv(0x30, oid('1.2.840.10045.2.1')))] }),
      [ENVELOPED, DATA, AES_256, '1.2.840.10045.2.1'],
    ],
    [
      'a mask of another hash than the label',
      message({ infos: [oaep(tlv(0xa0, sha256))] }),
      [ENVELOPED, DATA, AES_256, OAEP, '2.16.840.1.101.3.4.2.1'],
    ],
    [
      'a label that is not empty',
      message({ infos: [oaep(tlv(0xa2, tlv(0x30, oid('1.2.840.113549.1.1.9'), tlv(0x04, Buffer.alloc(1)))))] }),
      [ENVELOPED, DATA, AES_256, OAEP, '1.2.840.113549.1.1.9'],
    ],
  ])('by its algorithm: %s', (_what, bytes, oids) => {
    expect(problemOf(bytes)).toEqual(refusal(bytes, 'algorithm', oids));
  });

  it('names the cipher of authenticated messages, which are not supported', () => {
    const gcm = '2.16.840.1.101.3.4.1.46';
    const bytes = tlv(
      0x30,
      oid('1.2.840.113549.1.9.16.1.23'),
      tlv(0xa0, tlv(0x30, integer(0), tlv(0x31, PKCS1), tlv(0x30, oid(DATA), tlv(0x30, oid(gcm))))),
    );
    expect(problemOf(bytes)).toEqual(refusal(bytes, 'algorithm', ['1.2.840.113549.1.9.16.1.23', gcm]));
  });
});
