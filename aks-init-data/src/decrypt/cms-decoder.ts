import { DataProblem, type DataProblemDetails } from '../read/data-problem.ts';
import { type BerElement, BerError, decodeBer, decodeOid, TAG } from './ber-decoder.ts';
import {
  CONTENT_CIPHERS,
  CONTENT_TYPE,
  type ContentCipher,
  type KeyTransport,
  OAEP_HASHES,
  RSA,
} from './cms-algorithms.ts';

/** An EnvelopedData (RFC 5652 §6) as far as decrypting it needs. Byte ranges are views of the input where possible. */
export interface Enveloped {
  /** Content keys wrapped for RSA keys; which of them is ours is found out by trying. */
  readonly recipients: readonly WrappedKey[];
  readonly cipher: ContentCipher;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  /** Every algorithm that the message names, for reports. */
  readonly oids: readonly string[];
}

/** A content key wrapped for one recipient, named by issuer and serial number or by subject key identifier. */
export interface WrappedKey {
  readonly transport: KeyTransport;
  readonly encryptedKey: Uint8Array;
}

/** Each costs one RSA operation; the service writes one. */
const MAX_RECIPIENTS = 16;

/**
 * Decodes the DER or BER encoding of a ContentInfo with EnvelopedData. Throws `DataProblem` `decryption-failed` that names
 * sizes and object identifiers only: for anything that is not of this shape (`structure`), AuthEnvelopedData included, and for
 * algorithms outside of the allow-list (`algorithm`).
 */
export function decodeCms(bytes: Uint8Array): Enveloped {
  const oids: string[] = [];
  const fail = (stage: DataProblemDetails['stage']): DataProblem =>
    new DataProblem('decryption-failed', 'the protected settings cannot be decrypted', {
      stage,
      oids: [...new Set(oids)],
      bytes: bytes.length,
    });
  try {
    return decodeContentInfo(decodeBer(bytes), oids);
  } catch (error) {
    if (error instanceof BerError) throw fail('structure');
    if (error instanceof UnsupportedAlgorithm) throw fail('algorithm');
    throw error;
  }
}

class UnsupportedAlgorithm extends Error {}

function decodeContentInfo(root: BerElement, oids: string[]): Enveloped {
  const [type, explicit, ...rest] = childrenOf(root, TAG.sequence);
  const contentType = oidOf(type, oids);
  const [content, ...more] = childrenOf(explicit, TAG.context0Constructed);
  if (rest.length > 0 || more.length > 0) throw new BerError('not a ContentInfo');
  if (contentType !== CONTENT_TYPE.envelopedData) {
    if (contentType === CONTENT_TYPE.authEnvelopedData) noteCipher(content, oids);
    throw new UnsupportedAlgorithm();
  }
  return decodeEnvelopedData(content, oids);
}

function decodeEnvelopedData(element: BerElement | undefined, oids: string[]): Enveloped {
  const parts = [...childrenOf(element, TAG.sequence)];
  integerOf(parts.shift());
  // originatorInfo: certificates of key agreement, of no use here.
  if (parts[0]?.tag === TAG.context0Constructed) parts.shift();
  const recipientInfos = childrenOf(parts.shift(), TAG.set);
  const contentInfo = childrenOf(parts.shift(), TAG.sequence);
  // unprotectedAttrs
  if (parts[0]?.tag === TAG.context1Constructed) parts.shift();
  if (parts.length > 0 || recipientInfos.length > MAX_RECIPIENTS) throw new BerError('not an EnvelopedData');

  const [innerType, algorithm, encrypted, ...rest] = contentInfo;
  if (oidOf(innerType, oids) !== CONTENT_TYPE.data) throw new UnsupportedAlgorithm();
  if (rest.length > 0) throw new BerError('not an EncryptedContentInfo');
  const { cipher, iv } = decodeCipher(algorithm, oids);
  const ciphertext = octetsOf(encrypted, { primitive: TAG.context0, constructed: TAG.context0Constructed });
  if (ciphertext.length === 0 || ciphertext.length % cipher.blockBytes !== 0) throw new BerError('not whole blocks');
  // Key agreement, passwords and pre-shared keys have context tags; nothing that a machine's RSA key could open.
  const recipients = recipientInfos.flatMap((info) => (info.tag === TAG.sequence ? [decodeRecipient(info, oids)] : []));
  if (recipients.length === 0) throw new UnsupportedAlgorithm();
  return { recipients, cipher, iv, ciphertext, oids: [...new Set(oids)] };
}

/** AuthEnvelopedData (RFC 5083) is not supported; its cipher is worth reporting. */
function noteCipher(element: BerElement | undefined, oids: string[]): void {
  const info = childrenOf(element, TAG.sequence).find(({ tag }) => tag === TAG.sequence);
  const [, algorithm] = childrenOf(info, TAG.sequence);
  oidOf(childrenOf(algorithm, TAG.sequence)[0], oids);
}

function decodeCipher(element: BerElement | undefined, oids: string[]): Pick<Enveloped, 'cipher' | 'iv'> {
  const [oid, parameters, ...rest] = childrenOf(element, TAG.sequence);
  const cipher = CONTENT_CIPHERS.get(oidOf(oid, oids));
  if (cipher === undefined) throw new UnsupportedAlgorithm();
  const iv = primitiveOf(parameters, TAG.octetString);
  if (iv.length !== cipher.blockBytes || rest.length > 0) throw new BerError('not an initialisation vector');
  return { cipher, iv };
}

/** KeyTransRecipientInfo: version, recipient identifier, algorithm, wrapped key. */
function decodeRecipient(element: BerElement, oids: string[]): WrappedKey {
  const [version, identifier, algorithm, encryptedKey, ...rest] = childrenOf(element, TAG.sequence);
  integerOf(version);
  // Issuer and serial number, or subject key identifier. Neither is compared: it would need the certificate, another file.
  if (identifier?.tag !== TAG.sequence && identifier?.tag !== TAG.context0) throw new BerError('not a recipient');
  if (rest.length > 0) throw new BerError('not a recipient');
  return {
    transport: decodeKeyTransport(algorithm, oids),
    encryptedKey: primitiveOf(encryptedKey, TAG.octetString),
  };
}

function decodeKeyTransport(element: BerElement | undefined, oids: string[]): KeyTransport {
  const [oid, parameters, ...rest] = childrenOf(element, TAG.sequence);
  const name = oidOf(oid, oids);
  if (rest.length > 0) throw new BerError('not an algorithm');
  if (name === RSA.encryption) return 'pkcs1';
  if (name !== RSA.oaep) throw new UnsupportedAlgorithm();
  return decodeOaep(parameters, oids);
}

/** RSAES-OAEP-params (RFC 8017 A.2.1), every field optional. OpenSSL ties the mask's hash to the label's: others are refused. */
function decodeOaep(element: BerElement | undefined, oids: string[]): KeyTransport {
  let hash = 'sha1';
  let maskHash = 'sha1';
  const fields = element === undefined || element.tag === TAG.null ? [] : childrenOf(element, TAG.sequence);
  for (const field of fields) {
    const [value, ...rest] = 'children' in field ? field.children : [];
    if (rest.length > 0) throw new BerError('not OAEP parameters');
    if (field.tag === TAG.context0Constructed) hash = hashOf(value, oids);
    else if (field.tag === TAG.context1Constructed) maskHash = maskHashOf(value, oids);
    else if (field.tag === TAG.context2Constructed) refuseLabel(value, oids);
    else throw new BerError('not OAEP parameters');
  }
  if (hash !== maskHash) throw new UnsupportedAlgorithm();
  return { oaepHash: hash };
}

function hashOf(element: BerElement | undefined, oids: string[]): string {
  const hash = OAEP_HASHES.get(oidOf(childrenOf(element, TAG.sequence)[0], oids));
  if (hash === undefined) throw new UnsupportedAlgorithm();
  return hash;
}

function maskHashOf(element: BerElement | undefined, oids: string[]): string {
  const [oid, hash] = childrenOf(element, TAG.sequence);
  if (oidOf(oid, oids) !== RSA.mgf1) throw new UnsupportedAlgorithm();
  return hashOf(hash, oids);
}

function refuseLabel(element: BerElement | undefined, oids: string[]): void {
  const [oid, label] = childrenOf(element, TAG.sequence);
  if (oidOf(oid, oids) !== RSA.pSpecified || primitiveOf(label, TAG.octetString).length > 0)
    throw new UnsupportedAlgorithm();
}

function childrenOf(element: BerElement | undefined, tag: number): readonly BerElement[] {
  if (element?.tag === tag && 'children' in element) return element.children;
  throw new BerError('another element was expected');
}

function primitiveOf(element: BerElement | undefined, tag: number): Uint8Array {
  if (element?.tag === tag && 'content' in element) return element.content;
  throw new BerError('another element was expected');
}

function integerOf(element: BerElement | undefined): void {
  if (primitiveOf(element, TAG.integer).length !== 1) throw new BerError('not a version');
}

function oidOf(element: BerElement | undefined, oids: string[]): string {
  const oid = decodeOid(primitiveOf(element, TAG.oid));
  oids.push(oid);
  return oid;
}

/** An octet string, which BER may cut into segments, and those again. */
function octetsOf(
  element: BerElement | undefined,
  tags: { readonly primitive: number; readonly constructed: number },
): Uint8Array {
  if (element === undefined) throw new BerError('no content');
  if (element.tag === tags.primitive) return primitiveOf(element, tags.primitive);
  const segments = childrenOf(element, tags.constructed).map((segment) =>
    octetsOf(segment, { primitive: TAG.octetString, constructed: TAG.octetStringConstructed }),
  );
  return Buffer.concat(segments);
}
