/** Small readers of values whose shape is not trusted: an object of a cluster can hold anything. */
import { isExactNumber } from './json/exact-number.ts';
import { isRecord } from './kube-object.ts';

/** An object of unknown shape. */
export type Part = Readonly<Record<string, unknown>>;

/** Whether a value is an object with members: neither a list nor a number that was kept as it was written. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && !isExactNumber(value);
}

/** The value as an object; empty where it is none. */
export function recordIn(value: unknown): Part {
  return isRecord(value) ? value : {};
}

/** The members of a list as objects; none where it is no list. */
export function recordsIn(value: unknown): Part[] {
  return Array.isArray(value) ? value.map(recordIn) : [];
}

/**
 * The value as a number; undefined where it is none. One that no double holds is the nearest that is: `9223372036854775807` for a time of
 * grace means for ever, and not that there is none.
 */
export function numberIn(value: unknown): number | undefined {
  if (isExactNumber(value)) return Number(value.rawJSON);
  return typeof value === 'number' ? value : undefined;
}

/** The value as text; empty where it is none. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
