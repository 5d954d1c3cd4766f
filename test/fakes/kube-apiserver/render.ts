import { type ResourceType, apiVersionOf } from './resource-type.ts';
import { type StoredObject, decodeObject } from './stored-object.ts';

/** Forms the bytes of objects as one client asked for them. */
export interface Renderer {
  /** An object of its own, with apiVersion and kind. */
  single(object: StoredObject): Buffer;
  /** An item of a list; the items of built-in kinds have neither apiVersion nor kind. */
  item(object: StoredObject): Buffer;
  /** apiVersion and kind of a list. */
  readonly list: { readonly apiVersion: string; readonly kind: string };
  /** A watch event. */
  event(type: string, object: StoredObject): Buffer;
  /** An event that carries only a resourceVersion, and the annotation that ends initial events if it is the last of them. */
  bookmark(resourceVersion: string, isMarker: boolean): Buffer;
}

/** What a client asked for. */
export interface RenderRequest {
  readonly type: ResourceType;
  readonly version: string;
  readonly isMetadataOnly: boolean;
}

/** Renderers by what they render, made once: they remember the last event, which all watches of a kind need at once. */
export class Renderers {
  readonly #made = new Map<string, Renderer>();

  /** The renderer of a kind in a version. */
  find(request: RenderRequest): Renderer {
    const { type, version, isMetadataOnly } = request;
    const key = `${type.group}/${version}/${type.resource}/${type.kind}/${isMetadataOnly}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = isMetadataOnly ? metadataRenderer(type) : fullRenderer(type, apiVersionOf(type.group, version));
    this.#made.set(key, made);
    return made;
  }
}

function fullRenderer(type: ResourceType, apiVersion: string): Renderer {
  const typeMeta = type.isCustom ? { apiVersion, kind: type.kind } : { kind: type.kind, apiVersion };
  const head = Buffer.from(`${JSON.stringify(typeMeta).slice(0, -1)},`);
  const single = (object: StoredObject): Buffer => Buffer.concat([head, object.json.subarray(1)]);
  return {
    single,
    item: type.isCustom ? single : (object) => object.json,
    list: { apiVersion, kind: `${type.kind}List` },
    event: remembered((event, object) => frame(event, [head, object.json.subarray(1)])),
    bookmark: (resourceVersion, isMarker) =>
      frame('BOOKMARK', [
        Buffer.from(JSON.stringify({ ...typeMeta, metadata: bookmarkMetadata(resourceVersion, isMarker) })),
      ]),
  };
}

function metadataRenderer(type: ResourceType): Renderer {
  const typeMeta = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' };
  const single = (object: StoredObject): Buffer =>
    Buffer.from(JSON.stringify({ ...typeMeta, metadata: decodeObject(type, object).metadata }));
  return {
    single,
    item: single,
    list: { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadataList' },
    event: remembered((event, object) => frame(event, [single(object)])),
    bookmark: (resourceVersion, isMarker) =>
      frame('BOOKMARK', [
        Buffer.from(JSON.stringify({ ...typeMeta, metadata: bookmarkMetadata(resourceVersion, isMarker) })),
      ]),
  };
}

const FRAME_END = Buffer.from('}\n');

function frame(type: string, object: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), ...object, FRAME_END]);
}

function remembered(make: (type: string, object: StoredObject) => Buffer): Renderer['event'] {
  let last: { readonly type: string; readonly object: StoredObject; readonly bytes: Buffer } | undefined;
  return (type, object) => {
    if (last?.object !== object || last.type !== type) last = { type, object, bytes: make(type, object) };
    return last.bytes;
  };
}

function bookmarkMetadata(resourceVersion: string, isMarker: boolean): Record<string, unknown> {
  return {
    resourceVersion,
    creationTimestamp: null,
    ...(isMarker ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  };
}
