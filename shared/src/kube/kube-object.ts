/** Anything that JSON can say. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object of unknown shape. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** The part of `metadata` that every object has; the rest is untyped, because it depends on the kind and is not trusted. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  /** Absent only on virtual objects, such as those of `metrics.k8s.io`. */
  uid?: string;
  /** Absent only on virtual objects. A string, never a number: see `resource-version.ts`. */
  resourceVersion?: string;
  [key: string]: unknown;
}

/** One object as the API server serves it. Items of a list of a built-in kind carry neither `apiVersion` nor `kind`: the list does. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  [key: string]: unknown;
}

/** Whether a parsed value has the shape that every Kubernetes object has: named metadata, whose known members are strings. */
export function isKubeObject(value: unknown): value is KubeObject {
  if (!isRecord(value) || !isRecord(value['metadata'])) return false;
  const { name, namespace, uid, resourceVersion } = value['metadata'];
  return (
    typeof name === 'string' &&
    isStringOrAbsent(namespace) &&
    isStringOrAbsent(uid) &&
    isStringOrAbsent(resourceVersion)
  );
}

/**
 * A parsed value as an object, or undefined. Members that are null count as absent, as they do for Kubernetes' own readers: some
 * servers write `"namespace":null`.
 */
export function toKubeObject(value: unknown): KubeObject | undefined {
  if (!isRecord(value) || !isRecord(value['metadata'])) return undefined;
  const { metadata } = value;
  for (const member of ['namespace', 'uid', 'resourceVersion']) if (metadata[member] === null) delete metadata[member];
  return isKubeObject(value) ? value : undefined;
}

/** Whether a value is an object with members, neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
