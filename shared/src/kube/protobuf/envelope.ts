/**
 * What Kubernetes puts around each message: `k8s\0`, then a `runtime.Unknown` with the type, the message itself, and how that is encoded.
 * Source: apimachinery, `runtime/serializer/protobuf`.
 */
import { KubeError } from '../kube-error.ts';
import { compileMessage } from './decode-message.ts';
import { WIRE, WireCursor } from './wire-cursor.ts';

/** What every message that is no event of a watch begins with. */
export const MAGIC: Buffer = Buffer.from('k8s\0');
/** Tags of the fields of the envelope. */
export const TYPE_META = (1 << 3) | WIRE.bytes;
export const RAW = (2 << 3) | WIRE.bytes;

/** What an object says of its type. */
export interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A message in its envelope. */
export interface Enveloped extends TypeMeta {
  readonly raw: Buffer;
}

/** Takes a whole message out of its envelope. Throws `KUBE_STREAM_BROKEN`. */
export function openEnvelope(bytes: Buffer): Enveloped {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw brokenEnvelope('a message does not begin as Kubernetes begins them');
  const cursor = new WireCursor();
  cursor.open(bytes, MAGIC.length);
  let [type, raw] = [NO_TYPE, bytes.subarray(0, 0)];
  while (cursor.at < bytes.length) {
    const tag = cursor.uint32();
    if (tag === TYPE_META) type = readTypeMeta(cursor.bytes());
    else if (tag === RAW) raw = cursor.bytes();
    else cursor.skipOther(tag, 2);
  }
  return { ...type, raw };
}

/** Reads the field that says what a message is. */
export function readTypeMeta(bytes: Buffer): TypeMeta {
  const cursor = new WireCursor();
  cursor.open(bytes);
  let [apiVersion, kind] = ['', ''];
  while (cursor.at < bytes.length) {
    const tag = cursor.uint32();
    if (tag === API_VERSION) apiVersion = cursor.text();
    else if (tag === KIND) kind = cursor.text();
    else cursor.skipOther(tag, 2);
  }
  return { apiVersion, kind };
}

/** A `metav1.Status` as JSON has it. */
export function readStatus(raw: Buffer): Record<string, unknown> {
  const cursor = new WireCursor();
  cursor.open(raw);
  const status = { apiVersion: 'v1', kind: 'Status' };
  readStatusMessage(cursor, raw.length, status);
  return status;
}

const readStatusMessage = compileMessage('meta.v1.Status', 'all', () => {});
const API_VERSION = (1 << 3) | WIRE.bytes;
const KIND = (2 << 3) | WIRE.bytes;
const NO_TYPE: TypeMeta = { apiVersion: '', kind: '' };

function brokenEnvelope(what: string): KubeError {
  return new KubeError('KUBE_STREAM_BROKEN', `the API server sent broken protobuf: ${what}`);
}
