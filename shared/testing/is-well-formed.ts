import { fieldsOf, isKubeMessage } from '../src/kube/protobuf/decode-message.ts';
import { type MessageField, wireOf } from '../src/kube/protobuf/message-table.ts';

/**
 * Whether bytes are a message of the tables by the letter of protobuf, as Go's generated readers take it: every field of a known number is of its
 * wire type, everything ends where its length says, no number is 0. Written apart from the readers that it judges.
 */
export function isWellFormed(name: string, bytes: Uint8Array): boolean {
  const fields = new Map(fieldsOf(name).map((field) => [field.number, field]));
  return walk(bytes, (number, wire, value) => {
    const field = fields.get(number);
    return field === undefined || isField(field, wire, value);
  });
}

/** Looks at one field of a message; false: it is none. */
type Look = (number: number, wire: number, value: Uint8Array) => boolean;

function isField(field: MessageField, wire: number, value: Uint8Array): boolean {
  const { many, of } = field;
  if (wire !== wireOf(field)) return many === 'list' && wire === 2 && isPacked(value);
  if (wire === 0 || of === 'passed-by') return true;
  if (many !== 'map') return isValue(of, value);
  return walk(value, (number, entryWire, part) => {
    if (number === 1) return entryWire === 2;
    return number !== 2 || (entryWire === 2 && isValue(of, part));
  });
}

function isValue(of: string, value: Uint8Array): boolean {
  const form = FORMS[of];
  if (form !== undefined) {
    let text = '';
    const isWhole = walk(value, (number, wire, part) => {
      if (wire === 2) text = Buffer.from(part).toString();
      return form[number] === undefined || form[number] === wire;
    });
    return isWhole && (of !== 'RawExtension' || text === '' || isJson(text));
  }
  return isKubeMessage(of) ? isWellFormed(of, value) : true;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Wire types of the messages that are a single value in JSON. */
const FORMS: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  Time: { 1: 0, 2: 0 },
  MicroTime: { 1: 0, 2: 0 },
  Duration: { 1: 0 },
  Quantity: { 1: 2 },
  IntOrString: { 1: 0, 2: 0, 3: 2 },
  RawExtension: { 1: 2 },
};

function walk(bytes: Uint8Array, look: Look): boolean {
  for (let at = 0; at < bytes.length;) {
    const field = fieldAt(bytes, at);
    if (field === undefined || !look(field.number, field.wire, field.value)) return false;
    at = field.end;
  }
  return true;
}

interface Field {
  readonly number: number;
  readonly wire: number;
  /** Without its length. */
  readonly value: Uint8Array;
  readonly end: number;
}

function fieldAt(bytes: Uint8Array, at: number): Field | undefined {
  const tag = short(bytes, at);
  if (tag === undefined || tag.value < 8) return undefined;
  const [number, wire] = [Math.floor(tag.value / 8), tag.value % 8];
  const length = wire === 2 ? short(bytes, tag.end) : { value: 0, end: tag.end };
  const begin = length?.end ?? 0;
  const ends: Readonly<Record<number, number | undefined>> = {
    0: varint(bytes, begin)?.end,
    1: begin + 8,
    2: begin + (length?.value ?? Number.POSITIVE_INFINITY),
    5: begin + 4,
  };
  const end = ends[wire] ?? Number.POSITIVE_INFINITY;
  return end > bytes.length ? undefined : { number, wire, value: bytes.subarray(begin, end), end };
}

/** A tag or a length: 32 bits in five bytes at most. */
function short(bytes: Uint8Array, begin: number): { value: number; end: number } | undefined {
  const number = varint(bytes, begin);
  if (number === undefined || number.end - begin > 5 || number.value >= 2n ** 32n) return undefined;
  return { value: Number(number.value), end: number.end };
}

function isPacked(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length;) {
    const number = varint(bytes, at);
    if (number === undefined) return false;
    at = number.end;
  }
  return true;
}

function varint(bytes: Uint8Array, begin: number): { value: bigint; end: number } | undefined {
  let value = 0n;
  for (let at = begin; at < Math.min(begin + 10, bytes.length); at += 1) {
    const byte = bytes[at] ?? 0;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - begin));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return undefined;
}
