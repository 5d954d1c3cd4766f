/**
 * Reads parts of an object that nobody has checked. What is absent is `undefined`, `null` is absent, as for Kubernetes' own readers. What is
 * of another type than its schema says throws a `TypeError`: a rule must not call an object clean that it could not read.
 */
import { isExactNumber } from '@castai/shared/kube/json/exact-number.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { isObject } from '@castai/shared/kube/read-value.ts';

/** An object of unknown shape; undefined: it is absent. */
export type Part = Record<string, unknown> | undefined;

/** The object under a key. */
export function partAt(part: Part, key: string): Part {
  const value = part?.[key] ?? undefined;
  if (value === undefined) return undefined;
  if (!isObject(value)) throw mismatch(key, 'an object');
  return value;
}

/** The list of objects under a key; empty where it is absent. */
export function partsAt(part: Part, key: string): readonly Record<string, unknown>[] {
  const value = part?.[key] ?? undefined;
  if (value === undefined) return NONE;
  if (!isListOf(value, isRecord)) throw mismatch(key, 'a list of objects');
  return value;
}

/** The list of texts under a key; empty where it is absent. */
export function textsAt(part: Part, key: string): readonly string[] {
  const value = part?.[key] ?? undefined;
  if (value === undefined) return NONE;
  if (!isListOf(value, isText)) throw mismatch(key, 'a list of texts');
  return value;
}

/** The text under a key; empty where it is absent, as in Go. */
export function textAt(part: Part, key: string): string {
  const value = part?.[key] ?? '';
  if (!isText(value)) throw mismatch(key, 'a text');
  return value;
}

/** The flag under a key. */
export function flagAt(part: Part, key: string): boolean | undefined {
  const value = part?.[key] ?? undefined;
  if (value !== undefined && typeof value !== 'boolean') throw mismatch(key, 'a flag');
  return value;
}

/** The number under a key. */
export function numberAt(part: Part, key: string): number | undefined {
  const value = part?.[key] ?? undefined;
  if (value === undefined || typeof value === 'number') return value;
  if (isExactNumber(value)) return Number(value.rawJSON);
  throw mismatch(key, 'a number');
}

/** Kubernetes' IntOrString, and its quantities: a number, or a text. */
export function numberOrTextAt(part: Part, key: string): number | string | undefined {
  const value = part?.[key] ?? undefined;
  return typeof value === 'string' ? value : numberAt(part, key);
}

const NONE: readonly never[] = [];

const isText = (value: unknown): value is string => typeof value === 'string';

function isListOf<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is readonly Item[] {
  return Array.isArray(value) && value.every(isItem);
}

const mismatch = (key: string, what: string): TypeError => new TypeError(`${key} is not ${what}`);
