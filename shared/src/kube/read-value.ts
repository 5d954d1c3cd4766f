/** Small readers of values whose shape is not trusted: an object of a cluster can hold anything. */
import { isRecord } from './kube-object.ts';

/** An object of unknown shape. */
export type Part = Readonly<Record<string, unknown>>;

/** The value as an object; empty where it is none. */
export function recordIn(value: unknown): Part {
  return isRecord(value) ? value : {};
}

/** The members of a list as objects; none where it is no list. */
export function recordsIn(value: unknown): Part[] {
  return Array.isArray(value) ? value.map(recordIn) : [];
}

/** The value as text; empty where it is none. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
