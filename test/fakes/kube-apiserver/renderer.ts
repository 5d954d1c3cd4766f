import type { ResourceType } from './resource-type.ts';
import type { StatusBody } from './status-error.ts';
import type { StoredObject } from './stored-object.ts';

/** Forms the bytes of objects as one client asked for them. */
export interface Renderer {
  /** Content type of an object or a list, and of a watch. */
  readonly contentType: { readonly whole: string; readonly watch: string };
  /** An object of its own, with apiVersion and kind. */
  single(object: StoredObject): Buffer;
  /** A page of a list, in pieces of some size; the items of built-in kinds have neither apiVersion nor kind. */
  page(metadata: Readonly<Record<string, unknown>>, objects: readonly StoredObject[]): Buffer[];
  /** A watch event. */
  event(type: string, object: StoredObject): Buffer;
  /** An event that carries only a resourceVersion, and the annotation that ends initial events if it is the last of them. */
  bookmark(resourceVersion: string, isMarker: boolean): Buffer;
  /** The event of a watch that cannot go on. */
  error(status: StatusBody): Buffer;
  /** A frame that a test made up: a text as it is, anything else as an event. */
  foreign(data: unknown): Buffer;
}

/** What a renderer is of. */
export interface Rendered {
  readonly type: ResourceType;
  readonly apiVersion: string;
  readonly kind: string;
  readonly isMetadataOnly: boolean;
}

/** What the metadata of a bookmark's object are. */
export function bookmarkMetadata(resourceVersion: string, isMarker: boolean): Record<string, unknown> {
  return {
    resourceVersion,
    creationTimestamp: null,
    ...(isMarker ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  };
}

/** Of the last event, which every watch of a kind needs at once. */
export function remembered(make: Renderer['event']): Renderer['event'] {
  let last: { readonly type: string; readonly object: StoredObject; readonly bytes: Buffer } | undefined;
  return (type, object) => {
    if (last?.object !== object || last.type !== type) last = { type, object, bytes: make(type, object) };
    return last.bytes;
  };
}
