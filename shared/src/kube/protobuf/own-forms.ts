/**
 * Types of Kubernetes that are a message on the wire and a single value in JSON. Each reads its message, which ends at `end`, and gives
 * what `JSON.parse` would give for what the API server writes. Source: apimachinery, `meta/v1/{time,micro_time}.go`,
 * `util/intstr`, `api/resource/quantity.go`.
 */
import { type ExactNumber, isExactNumber } from '../json/exact-number.ts';
import { parseKubeJson } from '../json/parse-kube-json.ts';
import { WIRE, type WireCursor } from './wire-cursor.ts';

/** Reads one of them. */
export type ReadForm = (cursor: WireCursor, end: number) => unknown;

/** All of them. */
export const OWN_FORMS: Readonly<Record<string, ReadForm>> = {
  Time: (cursor, end) => {
    const { seconds, nanos } = timestamp(cursor, end);
    return seconds === 0 && nanos === 0 ? null : timeText(seconds);
  },
  MicroTime: (cursor, end) => {
    const { seconds, nanos } = timestamp(cursor, end);
    if (seconds === 0 && nanos === 0) return null;
    return timeText(seconds).replace('Z', `.${String(Math.trunc(nanos / 1000)).padStart(6, '0')}Z`);
  },
  Quantity: (cursor, end) => textIn(cursor, end) ?? '0',
  IntOrString: (cursor, end) => {
    let [isText, text, number]: [boolean, string, number | ExactNumber] = [false, '', 0];
    while (cursor.at < end) {
      const tag = cursor.uint32();
      if (tag === NUMBER_1) isText = cursor.int() === 1;
      else if (tag === NUMBER_2) number = cursor.int();
      else if (tag === TEXT_3) text = cursor.text();
      else cursor.skipOther(tag, 3);
    }
    cursor.close(end);
    return isText ? text : number;
  },
  RawExtension: (cursor, end) => {
    const raw = textIn(cursor, end) ?? '';
    return raw === '' ? null : parseKubeJson(raw);
  },
};

const NUMBER_1 = (1 << 3) | WIRE.varint;
const NUMBER_2 = (2 << 3) | WIRE.varint;
const TEXT_1 = (1 << 3) | WIRE.bytes;
const TEXT_3 = (3 << 3) | WIRE.bytes;

/** The text of a message that is nothing but one. */
function textIn(cursor: WireCursor, end: number): string | undefined {
  let text: string | undefined;
  while (cursor.at < end) {
    const tag = cursor.uint32();
    if (tag === TEXT_1) text = cursor.text();
    else cursor.skipOther(tag, 1);
  }
  cursor.close(end);
  return text;
}

/** Used again for each: pods have several, and nobody keeps it. */
const TIMESTAMP = { seconds: 0, nanos: 0 };

/** Reads a time, which ends at `end`; nothing at all, or zero, is the one that Go calls zero, which is `null` in JSON. Overwritten by the next. */
export function timestamp(cursor: WireCursor, end: number): { readonly seconds: number; readonly nanos: number } {
  TIMESTAMP.seconds = 0;
  TIMESTAMP.nanos = 0;
  while (cursor.at < end) {
    const tag = cursor.uint32();
    if (tag === NUMBER_1) TIMESTAMP.seconds = numberOf(cursor.int());
    else if (tag === NUMBER_2) TIMESTAMP.nanos = numberOf(cursor.int());
    else cursor.skipOther(tag, 2);
  }
  cursor.close(end);
  return TIMESTAMP;
}

/** Times of one page are few, and making the text of one costs more than reading a pod's fields. */
const TIMES = new Map<number, string>();
const MOST_TIMES = 2048;

function timeText(seconds: number): string {
  const known = TIMES.get(seconds);
  if (known !== undefined) return known;
  const time = new Date(seconds * 1000);
  // Nothing that a cluster means: outside of what a date can hold.
  const text = Number.isNaN(time.getTime()) ? '' : time.toISOString().replace(/\.\d+Z$/u, 'Z');
  if (TIMES.size >= MOST_TIMES) TIMES.clear();
  TIMES.set(seconds, text);
  return text;
}

/** One that a double cannot hold has no primitive value of its own. As far as a time goes it is as good as endless. */
function numberOf(value: number | ExactNumber): number {
  return isExactNumber(value) ? Number(value.rawJSON) : value;
}
