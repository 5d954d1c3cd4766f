import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { enveloped, message, watchFrame } from '@castai/shared/testing/protobuf-bytes.ts';
import { encodeMessage } from './encode-message.ts';
import { type Rendered, type Renderer, bookmarkMetadata, remembered } from './renderer.ts';
import type { StatusBody } from './status-error.ts';
import { type StoredObject, decodeObject } from './stored-object.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const CONTENT_TYPE = { whole: PROTOBUF, watch: `${PROTOBUF};stream=watch` };
const PIECE_BYTES = 256 * 1024;

/** Objects as protobuf. `messageName` is that of the tables; nothing but metadata can be rendered without one. */
export function protobufRenderer({ type, apiVersion, kind, isMetadataOnly }: Rendered, messageName = ''): Renderer {
  const encode = (object: Readonly<Record<string, unknown>>): Buffer =>
    isMetadataOnly || messageName === ''
      ? message([1, encodeMessage('meta.v1.ObjectMeta', metadataOf(object))])
      : encodeMessage(messageName, object);
  /** Lists and watches need the same objects again and again. */
  const known = new WeakMap<StoredObject, Buffer>();
  const rawOf = (object: StoredObject): Buffer => {
    const raw = known.get(object) ?? encode(decodeObject(type, object));
    known.set(object, raw);
    return raw;
  };
  const inEnvelope = (raw: Buffer): Buffer => enveloped(apiVersion, kind, raw);
  return {
    contentType: CONTENT_TYPE,
    single: (object) => inEnvelope(rawOf(object)),
    page: (metadata, objects) => {
      const items = objects.map((object): [number, Buffer] => [2, rawOf(object)]);
      const list = message([1, encodeMessage('meta.v1.ListMeta', metadata)], ...items);
      return inPieces(enveloped(apiVersion, `${kind}List`, list));
    },
    event: remembered((event, object) => watchFrame(event, inEnvelope(rawOf(object)))),
    bookmark: (resourceVersion, isMarker) =>
      watchFrame('BOOKMARK', inEnvelope(encode({ metadata: bookmarkMetadata(resourceVersion, isMarker) }))),
    error: (status) => watchFrame('ERROR', protobufStatus(status)),
    foreign: (data) => {
      if (typeof data === 'string') return Buffer.from(data);
      const { type: event, object } = data as { readonly type: string; readonly object: Record<string, unknown> };
      return watchFrame(event, object['kind'] === 'Status' ? protobufStatus(object) : inEnvelope(encode(object)));
    },
  };
}

/** A refusal, as it is told to who wants protobuf. */
export function protobufStatus(status: StatusBody | Readonly<Record<string, unknown>>): Buffer {
  return enveloped('v1', 'Status', encodeMessage('meta.v1.Status', { ...status }));
}

function metadataOf(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return isRecord(object['metadata']) ? object['metadata'] : {};
}

function inPieces(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push(bytes.subarray(at, at + PIECE_BYTES));
  return pieces;
}
