import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { mergePatch } from './patch.ts';
import { conflict } from './status-error.ts';

/** Whether a patch of this content type is a server-side apply. */
export function isApply(contentType: string): boolean {
  return contentType.split(';')[0]?.trim() === 'application/apply-patch+yaml';
}

/**
 * What server-side apply makes of an object that exists, as far as programs here rely on it: values are taken over with `force`, and
 * without it a value that is another one is a 409. Not as on the real server: nobody's fields are remembered, so that a manager is in
 * conflict with itself as well, and what it applies no more stays.
 */
export function applyOver(before: unknown, applied: unknown, { isForced }: { readonly isForced: boolean }): unknown {
  const [first, ...others] = isForced ? [] : differing(before, applied, '');
  if (first !== undefined) {
    throw conflict(`Apply failed with ${String(others.length + 1)} conflict(s): conflict with "another": ${first}`);
  }
  return mergePatch(before, applied);
}

/** Paths of values that are there and are other ones. */
function differing(before: unknown, applied: unknown, path: string): string[] {
  if (isRecord(before) && isRecord(applied)) {
    return Object.entries(applied).flatMap(([field, value]) =>
      field in before ? differing(before[field], value, `${path}.${field}`) : [],
    );
  }
  return isDeepStrictEqual(before, applied) ? [] : [path];
}
