/** Small readers of values whose shape is not trusted: an object of a cluster can hold anything. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';

/** Labels, annotations, a node selector. */
export type Labels = Readonly<Record<string, string>>;

/** An object of unknown shape. */
export type Part = Readonly<Record<string, unknown>>;

/** The value as an object; empty where it is none. */
export function recordIn(value: unknown): Part {
  return isRecord(value) ? value : {};
}

/** The objects of a list; none where it is no list. */
export function recordsIn(value: unknown): Part[] {
  return Array.isArray(value) ? value.map(recordIn) : [];
}

/** The value as text; empty where it is none. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The texts of a list. */
export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** The value as a number. */
export function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** A time of the API server in milliseconds; 0 where there is none. */
export function timeIn(value: unknown): number {
  const time = Date.parse(textIn(value));
  return Number.isNaN(time) ? 0 : time;
}

/** Those members that are text. */
export function labelsIn(value: unknown): Labels {
  return Object.fromEntries(
    Object.entries(recordIn(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
