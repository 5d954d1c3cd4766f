import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { enveloped, message, watchFrame } from '@castai/shared/testing/protobuf-bytes.ts';
import { encodeMessage } from './encode-message.ts';
import { type Rendered, type Renderer, bookmarkMetadata, remembered } from './renderer.ts';
import type { StatusBody } from './status-error.ts';
import { type StoredObject, decodeObject, versionText } from './stored-object.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const CONTENT_TYPE = { whole: PROTOBUF, watch: `${PROTOBUF};stream=watch` };
const PIECE_BYTES = 256 * 1024;

/** Objects as protobuf. `messageName` is that of the tables; nothing but metadata can be rendered without one. */
export function protobufRenderer({ type, apiVersion, kind, isMetadataOnly }: Rendered, messageName = ''): Renderer {
  const encode = (object: Readonly<Record<string, unknown>>): Buffer =>
    isMetadataOnly || messageName === ''
      ? message([1, encodeMessage('meta.v1.ObjectMeta', metadataOf(object))])
      : encodeMessage(messageName, object);
  const rawOf = rememberedRaw((object) => encode(decodeObject(type, object)));
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

/** Lists and watches need the same objects again and again, and versions that differ in nothing but their number. */
function rememberedRaw(encode: (object: StoredObject) => Buffer): (object: StoredObject) => Buffer {
  const known = new WeakMap<object, { readonly version: string; readonly raw: Buffer }>();
  return (object) => {
    const last = known.get(object.content);
    const version = versionText(object);
    if (last?.version === version) return last.raw;
    const raw = (last === undefined ? undefined : withVersion(last, version)) ?? encode(object);
    known.set(object.content, { version, raw });
    return raw;
  };
}

/** Field 6 of the metadata, which are field 1 of every object. */
const VERSION_TAG = 0x32;

/**
 * The same message with another version of as many digits; undefined where that cannot be said. Before it stand names alone, none of which has
 * a byte as low as a version's length.
 */
function withVersion({ version, raw }: { version: string; raw: Buffer }, next: string): Buffer | undefined {
  if (next.length !== version.length) return undefined;
  const place = raw.indexOf(Buffer.from([VERSION_TAG, version.length, ...Buffer.from(version)]));
  if (place === -1) return undefined;
  const renewed = Buffer.from(raw);
  renewed.write(next, place + 2, 'latin1');
  return renewed;
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
