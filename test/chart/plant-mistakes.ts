import type { ApiObject } from '../cluster/api-client.ts';

const MISSPELT = 'misspelt';
/** Maps whose keys are the user's. */
const FREE = new Set([
  'annotations',
  'data',
  'endpointSelector',
  'hard',
  'labels',
  'limits',
  'matchLabels',
  'nodeSelector',
  'requests',
  'selector',
  'stringData',
]);

/** Copies of an object with one field too many each: at its top, and in every object inside of it whose fields are fixed. */
export function plantMistakes(object: ApiObject): ApiObject[] {
  return objectsIn(object).map((path) => planted(object, path) as ApiObject);
}

function objectsIn(value: unknown): string[][] {
  if (Array.isArray(value)) {
    return value.flatMap((entry: unknown, index) => objectsIn(entry).map((path) => [String(index), ...path]));
  }
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.entries(value).flatMap(([key, inner]) =>
    FREE.has(key) ? [] : objectsIn(inner).map((path) => [key, ...path]),
  );
  return [[], ...inside];
}

function planted(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return { ...(value as object), [MISSPELT]: true };
  if (Array.isArray(value)) {
    return value.map((entry: unknown, index) => (String(index) === key ? planted(entry, rest) : entry));
  }
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [key]: planted(fields[key], rest) };
}
