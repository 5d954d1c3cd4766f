/** Fields of what may have any shape, because it was scrubbed or comes from another version. Pure. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';

/** A field's value; `undefined`: it is not there, or there are no fields. */
export function field(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The elements of a list; none of what is no list. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text; empty for what is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
