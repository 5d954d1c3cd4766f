import { describeDuration } from '../verdict/describe-duration.ts';
import type { StatusValue } from './status-document.ts';

/** A value of a status document as people read it. */
export interface StatusWords {
  /** What it is: the field's name in words, without the unit that stands behind the value. */
  readonly name: string;
  /** Empty where there is nothing to be seen. */
  readonly text: string;
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;
const AMOUNT = /(?:^|[ _])(bytes|seconds|ms)$/u;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/u;

/**
 * A row of a status document in words: `lastEventAt` with a moment is "last event: 2026-11-30T04:11:46Z, 12 s ago", `limitBytes` with a
 * number "limit: 32 MiB", `ageSeconds` "age: 0.8 s". The JSON of the document keeps the field as it is. Nothing is made printable or escaped
 * here.
 */
export function statusWords(name: string, value: StatusValue | undefined, nowMs: number): StatusWords {
  const words = inWords(name);
  if (typeof value === 'number') {
    const [, unit] = AMOUNT.exec(words) ?? [];
    if (unit === undefined) return { name: words, text: String(value) };
    const text = unit === 'bytes' ? describeBytes(value) : describeDuration(unit === 'ms' ? value : value * 1_000);
    return { name: withoutUnit(words), text };
  }
  if (typeof value === 'boolean') return { name: words, text: value ? 'yes' : 'no' };
  if (typeof value === 'string' && MOMENT.test(value)) {
    return { name: words.replace(/ at$/u, ''), text: describeMoment(value, nowMs) };
  }
  return { name: words, text: value ?? '' };
}

/** Bytes as `812 B`, `3.4 KiB`, `32 MiB`. */
export function describeBytes(bytes: number): string {
  let amount = bytes;
  let unit = 'B';
  for (const next of UNITS) {
    if (Math.abs(amount) < 1_024) break;
    amount /= 1_024;
    unit = next;
  }
  const rounded = unit === 'B' || amount >= 99.95 ? Math.round(amount) : Math.round(amount * 10) / 10;
  return `${String(rounded)} ${unit}`;
}

/** A moment in ISO 8601, to the second, and how long ago or ahead of `nowMs` it is. Anything else is given back as it came. */
export function describeMoment(iso: string, nowMs: number): string {
  const atMs = Date.parse(iso);
  if (Number.isNaN(atMs)) return iso;
  const ago = describeDuration(Math.abs(nowMs - atMs));
  return `${iso.replace(/\.\d+Z$/u, 'Z')}, ${nowMs >= atMs ? `${ago} ago` : `in ${ago}`}`;
}

/** A field's name in words. What has a blank, or begins with a capital, is words or somebody's name already. */
export function inWords(name: string): string {
  if (!/^[a-z][A-Za-z\d]*$/u.test(name)) return name;
  return name.replaceAll(/([a-z\d])([A-Z])(?![A-Z])/gu, (_, before: string, letter: string) => {
    return `${before} ${letter.toLowerCase()}`;
  });
}

/** A name that is nothing but its unit stays. */
function withoutUnit(words: string): string {
  const rest = words.replace(AMOUNT, '').replace(/ in$/u, '');
  return rest === '' ? words : rest;
}
