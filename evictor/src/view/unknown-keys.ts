import { recordIn } from '@castai/shared/kube/read-value.ts';

/** The members of a part that are none of these fields; those that are null are not there. */
export function unknownKeys(part: unknown, fields: ReadonlySet<string>): string[] {
  return Object.entries(recordIn(part)).flatMap(([key, value]) => (fields.has(key) || value === null ? [] : [key]));
}
