import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { type ResourceType, apiVersionOf } from './resource-type.ts';

/**
 * One version of one object. It is kept as the bytes that clients get, because a fake that feeds many watches spends
 * its time on serializing; the few writes parse it again.
 */
export interface StoredObject {
  /** `namespace/name` or `name`: the order of lists. */
  readonly key: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly uid: string;
  readonly revision: number;
  /** The same for versions that differ in nothing else: what is made of the content once, is made for all of them. */
  readonly content: object;
  /** JSON object without apiVersion and kind. */
  readonly json: Buffer;
  readonly labels: Readonly<Record<string, string>>;
  /** Values that field selectors may ask for, by path. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Freezes an object, whose metadata already has the resourceVersion, at a revision. */
export function encodeObject(type: ResourceType, object: KubeObject, revision: number): StoredObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const { name, namespace, uid = '' } = metadata;
  return {
    key: objectKey(namespace, name),
    name,
    namespace,
    uid,
    revision,
    content: {},
    json: Buffer.from(JSON.stringify({ metadata, ...rest })),
    labels: (metadata['labels'] ?? {}) as Record<string, string>,
    fields: selectableFields(type, object),
  };
}

/** The object as a client of the preferred version gets it. */
export function decodeObject(type: ResourceType, { json }: StoredObject): KubeObject {
  const body = JSON.parse(json.toString()) as KubeObject;
  return { apiVersion: apiVersionOf(type.group, type.version), kind: type.kind, ...body };
}

const VERSION = Buffer.from('"resourceVersion":"');

/**
 * The same content at a later revision, made without reading it: what a change costs where only their number matters. The metadata come first
 * in an object, and there are no unescaped quotes within its strings, so the first such field is the version.
 */
export function touchedObject(
  stored: StoredObject,
  { revision, resourceVersion }: { readonly revision: number; readonly resourceVersion: string },
): StoredObject {
  const { json } = stored;
  const { from, to } = versionPlace(json);
  return {
    ...stored,
    revision,
    json: Buffer.concat([json.subarray(0, from), Buffer.from(resourceVersion), json.subarray(to)]),
  };
}

/** The resourceVersion, found without reading the object. */
export function versionText({ json }: StoredObject): string {
  const { from, to } = versionPlace(json);
  return json.toString('latin1', from, to);
}

function versionPlace(json: Buffer): { readonly from: number; readonly to: number } {
  const from = json.indexOf(VERSION) + VERSION.length;
  return { from, to: json.indexOf('"', from) };
}

/** Key of an object within its kind. */
export function objectKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function selectableFields(type: ResourceType, object: KubeObject): Record<string, string> {
  const { name, namespace } = object.metadata;
  const fields: Record<string, string> = { 'metadata.name': name };
  if (type.namespaced) fields['metadata.namespace'] = namespace ?? '';
  for (const path of type.selectableFields) {
    let value: unknown = object;
    for (const step of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[step];
    fields[path] = typeof value === 'string' || typeof value === 'boolean' ? String(value) : '';
  }
  return fields;
}
