import { isDeepStrictEqual } from 'node:util';
import { StatusError, badRequest, invalid } from './status-error.ts';

/** Applies a JSON merge patch (RFC 7396): null removes, objects are merged, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = mergePatch(merged[field], value);
  }
  return merged;
}

/**
 * Applies a JSON patch (RFC 6902: add, remove, replace, test) to a copy. Throws 422 when a test fails or a path does
 * not exist, as the real server does: it has no better answer than for a malformed one.
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is an array of operations');
  const root = { value: structuredClone(target) };
  for (const operation of patch as Operation[]) applyOperation(root, operation);
  return root.value;
}

/** Applies a patch by its content type. Throws 415 for strategic merge patches; a server-side apply is another file's. */
export function applyPatch(contentType: string, target: unknown, patch: unknown): unknown {
  const type = contentType.split(';')[0]?.trim();
  if (type === 'application/merge-patch+json') return mergePatch(target, patch);
  if (type === 'application/json-patch+json') return jsonPatch(target, patch);
  throw new StatusError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: `the fake API server does not take ${contentType}, only JSON patches and merge patches`,
  });
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

function applyOperation(root: { value: unknown }, { op, path, value }: Operation): void {
  const steps = path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop();
  if (last === undefined) throw invalid('patch', `the path ${JSON.stringify(path)} names the whole object`);
  let parent: unknown = root.value;
  for (const step of steps) parent = childOf(parent, step);
  if (op === 'test') {
    if (isDeepStrictEqual(childOf(parent, last) ?? null, value ?? null)) return;
    throw refused();
  }
  if (Array.isArray(parent)) changeArray(parent, { op, step: last, value });
  else if (isObject(parent)) changeObject(parent, { op, step: last, value });
  else throw refused();
}

interface Step {
  readonly op: string;
  readonly step: string;
  readonly value: unknown;
}

function changeArray(array: unknown[], { op, step, value }: Step): void {
  const index = step === '-' && op === 'add' ? array.length : Number(step);
  if (!Number.isInteger(index) || index < 0 || index > array.length - (op === 'add' ? 0 : 1)) throw refused();
  if (op === 'add') array.splice(index, 0, value);
  else if (op === 'remove') array.splice(index, 1);
  else if (op === 'replace') array[index] = value;
  else throw badRequest(`the fake API server does not know the operation ${op}`);
}

function changeObject(object: Record<string, unknown>, { op, step, value }: Step): void {
  if (op !== 'add' && !(step in object)) throw refused();
  if (op === 'remove') delete object[step];
  else if (op === 'add' || op === 'replace') object[step] = value;
  else throw badRequest(`the fake API server does not know the operation ${op}`);
}

function childOf(parent: unknown, step: string): unknown {
  if (Array.isArray(parent)) return parent[Number(step)];
  return isObject(parent) ? parent[step] : undefined;
}

function refused(): StatusError {
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
