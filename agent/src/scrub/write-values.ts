import { must } from '@castai/shared/errors.ts';
import { isExactNumber } from '@castai/shared/kube/json/exact-number.ts';
import { OWN_FORMS, timestamp } from '@castai/shared/kube/protobuf/own-forms.ts';
import { WIRE, type WireCursor } from '@castai/shared/kube/protobuf/wire-cursor.ts';
import type { JsonBytes } from './json-bytes.ts';
import { UNUSUAL } from './message-places.ts';
import { MAX_KEY_LENGTH } from './keep-maps.ts';

/** Writes a value whose first byte the cursor is at, and which stands in a message that ends at `end`. False: nothing of it may leave. */
export type Write = (cursor: WireCursor, out: JsonBytes, end: number) => boolean;

/** Where a value ends whose length comes next. */
export function endOf(cursor: WireCursor): number {
  const begin = cursor.at;
  const end = cursor.end();
  cursor.at = begin;
  return end;
}

/** Bytes of a value whose length comes next. */
export function lengthOf(cursor: WireCursor): number {
  const begin = cursor.at;
  const length = cursor.end() - cursor.at;
  cursor.at = begin;
  return length;
}

/** Used again for each: pods have dozens, and nobody keeps it. */
const ENTRY = { key: '', keyEnd: 0, entryEnd: 0 };

/** Reads on to the value of an entry of a map; what it gives is overwritten by the next entry. */
export function openEntry(cursor: WireCursor): Readonly<typeof ENTRY> {
  const entryEnd = cursor.end();
  if (cursor.uint32() !== KEY) throw UNUSUAL;
  const key = cursor.text();
  const keyEnd = cursor.at;
  if (cursor.at >= entryEnd || cursor.uint32() !== VALUE || endOf(cursor) !== entryEnd) throw UNUSUAL;
  // An object of JavaScript has such keys first, in the order of the numbers.
  if (isDigit(key.charCodeAt(0)) && /^\d+$/u.test(key)) throw UNUSUAL;
  ENTRY.key = key;
  ENTRY.keyEnd = keyEnd;
  ENTRY.entryEnd = entryEnd;
  return ENTRY;
}

/** Whether the next field is one of the same, and past its tag then. */
export function goesOn(cursor: WireCursor, tag: number, end: number): boolean {
  if (cursor.at >= end) return false;
  const before = cursor.at;
  if (cursor.uint32() === tag) return true;
  cursor.at = before;
  return false;
}

const KEY = (1 << 3) | WIRE.bytes;
const VALUE = (2 << 3) | WIRE.bytes;

/** Whether a key may be copied, as in `scrub-json.ts`. */
export const isPlainKey = (key: string): boolean => key.length <= MAX_KEY_LENGTH && key !== '__proto__';
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** A text of at most so many UTF-16 units. `omitsZero`: Go leaves an empty one out of JSON. */
export function writeText(maxLength: number, omitsZero: boolean): Write {
  return (cursor, out) => {
    const end = cursor.end();
    const begin = cursor.at;
    cursor.at = end;
    if (omitsZero && begin === end) return false;
    if (end - begin <= maxLength && out.plainText(cursor.source, begin, end)) return true;
    const value = cursor.source.toString('utf8', begin, end);
    if (value.length > maxLength) return false;
    out.json(JSON.stringify(value));
    return true;
  };
}

/** A number. `omitsZero`: Go leaves 0 out of JSON. */
export function writeNumber(omitsZero: boolean): Write {
  return (cursor, out) => {
    const value = cursor.int();
    if (omitsZero && value === 0) return false;
    out.raw(isExactNumber(value) ? value.rawJSON : String(value));
    return true;
  };
}

/** A flag. `omitsZero`: Go leaves `false` out of JSON. */
export function writeFlag(omitsZero: boolean): Write {
  return (cursor, out) => {
    const value = cursor.bool();
    if (omitsZero && !value) return false;
    out.raw(value ? 'true' : 'false');
    return true;
  };
}

/** A time; nothing for the one that Go calls zero. */
export function writeTime(form: 'Time' | 'MicroTime'): Write {
  const read = must(OWN_FORMS[form], 'it has a form');
  return (cursor, out) => {
    const end = cursor.end();
    const begin = cursor.at;
    if (form === 'Time') {
      const { seconds } = timestamp(cursor, end);
      // Whole seconds of the years in which clusters are: as digits, because there are dozens in a pod, and hardly two are the same.
      if (seconds > 0 && seconds < MOST_SECONDS) return writeSeconds(out, seconds);
      cursor.at = begin;
    }
    const value = read(cursor, end);
    // A year with a sign is no time of RFC 3339, and none to `scrub-json.ts`.
    if (typeof value !== 'string' || value === '' || value.startsWith('+') || value.startsWith('-')) return false;
    out.byte(QUOTE);
    out.raw(value);
    out.byte(QUOTE);
    return true;
  };
}

/** The first second of the year 10000, of which the text is longer. */
const MOST_SECONDS = 253_402_300_800;
const DAY_SECONDS = 86_400;
/** The beginnings of times, up to the `T`, by their day. */
const dayText = rememberedBy((day: number) => `"${new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 11)}`);

function writeSeconds(out: JsonBytes, seconds: number): true {
  const day = Math.floor(seconds / DAY_SECONDS);
  const second = seconds - day * DAY_SECONDS;
  out.raw(dayText(day));
  writeTwo(out, Math.floor(second / 3600));
  out.byte(COLON);
  writeTwo(out, Math.floor((second % 3600) / 60));
  out.byte(COLON);
  writeTwo(out, second % 60);
  out.byte(UTC);
  out.byte(QUOTE);
  return true;
}

function writeTwo(out: JsonBytes, value: number): void {
  const tens = Math.floor(value / 10);
  out.byte(ZERO + tens);
  out.byte(ZERO + value - tens * 10);
}

const [ZERO, COLON, UTC, QUOTE] = [0x30, 0x3a, 0x5a, 0x22];

const readQuantity = must(OWN_FORMS['Quantity'], 'it has a form');
/** The text of a quantity. */
export const quantityText = (cursor: WireCursor): string => String(readQuantity(cursor, cursor.end()));

const MOST_REMEMBERED = 2048;
const LONGEST_REMEMBERED = 128;

/** For texts of which there are few: what was made of one is made once. */
export function remembered<Made>(make: (text: string) => Made): (text: string) => Made {
  const known = rememberedBy(make);
  return (text) => (text.length > LONGEST_REMEMBERED ? make(text) : known(text));
}

function rememberedBy<Key, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const made = new Map<Key, Made>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const fresh = make(key);
    if (made.size >= MOST_REMEMBERED) made.clear();
    made.set(key, fresh);
    return fresh;
  };
}
