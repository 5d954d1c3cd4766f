import { isUtf8 } from 'node:buffer';
import { constants, createDecipheriv, createPrivateKey, type KeyObject, privateDecrypt } from 'node:crypto';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { DataProblem } from '../read/data-problem.ts';
import type { KeyTransport } from './cms-algorithms.ts';
import { decodeCms, type Enveloped, type WrappedKey } from './cms-decoder.ts';

/** Plaintext of protected settings and what may be told about how it was encrypted. */
export interface DecryptedSettings {
  /** JSON with a `commandToExecute`, exactly the decrypted bytes. The caller wipes it. */
  readonly plaintext: Buffer;
  readonly oids: readonly string[];
}

const COMMAND = 'commandToExecute';
/** The command line of a node with everything in it is 87 kB at most. */
const MAX_PLAINTEXT_BYTES = 1024 * 1024;

/**
 * Parses a private key: PKCS#8 or PKCS#1 PEM, with or without the text that PKCS#12 tools put in front of it. Throws
 * `DataProblem` `key-unusable`.
 */
export function parsePrivateKey(pem: Uint8Array): KeyObject {
  try {
    const key = createPrivateKey({ key: Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength), format: 'pem' });
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // OpenSSL's words add nothing that helps, and might tell something about the key.
  }
  throw new DataProblem('key-unusable', 'the private key file holds no RSA key in PEM form', {
    bytes: pem.byteLength,
    hint: 'the Azure agent may be writing it; otherwise look at why it downloads another kind of certificate',
  });
}

/**
 * Decrypts protected settings: the DER or BER encoding of CMS EnvelopedData.
 *
 * Neither CBC nor PKCS#1 v1.5 says when a key or a byte is wrong: OpenSSL answers a wrong RSA key with a made-up content
 * key (implicit rejection), and CBC decrypts garbage to garbage. So a result counts only when the content key has exactly
 * the cipher's length, the padding is right, the text is UTF-8, it is JSON, and it holds a command. Every failure of
 * these is the one `DataProblem` `decryption-failed`, stage `content`; except that a whole JSON object without a command is no accident
 * but other settings than AKS' (`{}`, or keys of a storage account), which no later look changes: `command-absent`.
 */
export function decryptSettings(cms: Uint8Array, key: KeyObject): DecryptedSettings {
  const enveloped = decodeCms(cms);
  let hasOpened = false;
  for (const recipient of enveloped.recipients) {
    const opened = tryRecipient(enveloped, recipient, key);
    if (opened instanceof Buffer) return { plaintext: opened, oids: enveloped.oids };
    hasOpened ||= opened === 'no-command';
  }
  const { oids } = enveloped;
  if (hasOpened) {
    throw new DataProblem('command-absent', 'the protected settings were decrypted, and they hold no command', {
      oids,
      bytes: cms.byteLength,
      hint:
        'this extension was not set up by AKS: a command beside them, in the public settings, is not used; ' +
        'keep the DaemonSet away from this node',
    });
  }
  throw new DataProblem('decryption-failed', 'the protected settings cannot be decrypted', {
    stage: 'content',
    oids,
    bytes: cms.byteLength,
    hint: 'as a rule the certificate was just exchanged and the next look succeeds',
  });
}

/** Whether decrypted bytes are settings of a CustomScript extension. */
export function isCommandJson(bytes: Uint8Array): boolean {
  return judge(bytes) === 'command';
}

/** What decrypted bytes are: settings with a command, other settings, or nothing that anybody has encrypted. */
function judge(bytes: Uint8Array): 'command' | 'no-command' | 'garbage' {
  if (bytes.byteLength === 0 || bytes.byteLength > MAX_PLAINTEXT_BYTES || !isUtf8(bytes)) return 'garbage';
  try {
    // A string is unavoidable here; it lives in a process that ends with this work.
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    if (!isRecord(value)) return 'garbage';
    const command = Object.hasOwn(value, COMMAND) ? value[COMMAND] : undefined;
    if (typeof command === 'string' && command !== '') return 'command';
    return Object.keys(value).some(isDamagedCommand) ? 'garbage' : 'no-command';
  } catch {
    // V8's message quotes the text.
    return 'garbage';
  }
}

/** In CBC a bit of the initialisation vector is a bit of the first block, which begins with this name: then the rest is as it was. */
function isDamagedCommand(name: string): boolean {
  const equal = (shift: number): number => COMMAND.split('').filter((letter, at) => name[at + shift] === letter).length;
  return name !== COMMAND && Math.max(equal(0), equal(name.length - COMMAND.length)) >= COMMAND.length / 2;
}

/** The plaintext, or why there is none. */
function tryRecipient(enveloped: Enveloped, recipient: WrappedKey, key: KeyObject): Buffer | 'no-command' | 'garbage' {
  let contentKey: Buffer | undefined;
  try {
    contentKey = privateDecrypt({ key, ...paddingOf(recipient.transport) }, recipient.encryptedKey);
    if (contentKey.length !== enveloped.cipher.keyBytes) return 'garbage';
    const plaintext = decipher(enveloped, contentKey);
    const content = judge(plaintext);
    if (content === 'command') return plaintext;
    plaintext.fill(0);
    return content;
  } catch {
    // A wrong length, a wrong padding, a wrong label: all the same to whoever asks.
  } finally {
    contentKey?.fill(0);
  }
  return 'garbage';
}

function paddingOf(transport: KeyTransport): { padding: number; oaepHash?: string } {
  if (transport === 'pkcs1') return { padding: constants.RSA_PKCS1_PADDING };
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: transport.oaepHash };
}

function decipher({ cipher, iv, ciphertext }: Enveloped, contentKey: Uint8Array): Buffer {
  if (ciphertext.length > MAX_PLAINTEXT_BYTES + cipher.blockBytes) throw new RangeError('too large');
  const decrypting = createDecipheriv(cipher.name, contentKey, iv);
  const start = decrypting.update(ciphertext);
  try {
    const end = decrypting.final();
    // Memory of its own: the pool's would outlive the wiping.
    const plaintext = Buffer.allocUnsafeSlow(start.length + end.length);
    plaintext.set(start);
    plaintext.set(end, start.length);
    end.fill(0);
    return plaintext;
  } finally {
    start.fill(0);
  }
}
