/**
 * Reads messages of Kubernetes' protobuf as what `JSON.parse` would give for the same object in JSON, but for what nobody asked for: a field
 * that is not wanted is passed by without being made. Compiled once for each kind and each choice of fields.
 */
import { must } from '../../errors.ts';
import { isRecord } from '../kube-object.ts';
import { KUBE_MESSAGES } from './kube-messages.ts';
import { type MessageField, messageFields, wireOf } from './message-table.ts';
import { OWN_FORMS } from './own-forms.ts';
import { WIRE, type WireCursor } from './wire-cursor.ts';

/** Which fields of an object are wanted, by their names in JSON: all of what stands under a name, or those in turn. */
export type WantedFields = 'all' | ReadonlyMap<string, WantedFields>;

/** Who looks at objects, and knows what of them. */
export interface WantsFields<Spec> {
  /** `all`: everything, which is more than the tables have of each kind. */
  wanted(spec: Spec): WantedFields;
}

/** Told of each field whose number no table has: a newer server knows more. */
export type OnUnknownField = (message: string, number: number) => void;

/** The same, for whoever wants to know where. */
export type MeetUnknownField = (message: string, number: number, met: UnknownField) => void;

/** Where a field was met that no table has. */
export interface UnknownField {
  /** What is read of the message in which it stands. */
  readonly into: Record<string, unknown>;
  /** Zero, or empty. Go writes that for what nobody has set as well, and leaves it out of JSON. */
  readonly isZero: boolean;
}

/** Reads a message that ends at `end` into an object. Throws `KUBE_STREAM_BROKEN`. */
export type ReadMessage = (cursor: WireCursor, end: number, into: Record<string, unknown>) => void;

/** What is done with one field, whose tag has been read. */
type ReadField = (cursor: WireCursor, into: Record<string, unknown>) => void;

/** Whether there is a table for this message: `core.v1.Pod`. */
export function isKubeMessage(name: string): boolean {
  return Object.hasOwn(KUBE_MESSAGES, name);
}

/** The reader of a message of the table. Throws `INTERNAL` for one that is not in it. */
export function compileMessage(name: string, wanted: WantedFields, onUnknown: MeetUnknownField): ReadMessage {
  const fields: (ReadField | undefined)[] = [];
  const wires: number[] = [];
  const lists: boolean[] = [];
  for (const field of fieldsOf(name)) {
    fields[field.number] = compileField(field, wanted, onUnknown);
    wires[field.number] = wireOf(field);
    lists[field.number] = field.many === 'list';
  }
  return (cursor, end, into) => {
    while (cursor.at < end) {
      const tag = cursor.uint32();
      const number = tag >>> 3;
      const wire = tag & 7;
      const read = fields[number];
      if (read === undefined) {
        const begin = cursor.at;
        cursor.skipOther(tag, 0);
        onUnknown(name, number, { into, isZero: isZero(cursor.source.subarray(begin, cursor.at)) });
      } else if (wire === wires[number]) read(cursor, into);
      else if (wire === WIRE.bytes && lists[number] === true) unpack(cursor, () => read(cursor, into));
      else cursor.skipOther(tag, number);
    }
    cursor.close(end);
  };
}

/** A number, or a length with nothing behind it. */
function isZero(value: Buffer): boolean {
  return value.every((byte) => byte === 0);
}

/** Numbers of a list may stand behind each other as one value. */
function unpack(cursor: WireCursor, read: () => void): void {
  const end = cursor.end();
  while (cursor.at < end) read();
  cursor.close(end);
}

const FIELDS = new Map<string, readonly MessageField[]>();

/** The fields of a message, read from its row once. Throws `INTERNAL` for one that is not in the tables. */
export function fieldsOf(message: string): readonly MessageField[] {
  const known = FIELDS.get(message);
  if (known !== undefined) return known;
  const fields = messageFields(must(KUBE_MESSAGES[message], `there is no table for ${message}`));
  FIELDS.set(message, fields);
  return fields;
}

const pass: ReadField = (cursor) => {
  cursor.at = cursor.end();
};

/** Of numbers and flags. */
const passNumber: ReadField = (cursor) => {
  cursor.int();
};

function compileField(field: MessageField, wanted: WantedFields, onUnknown: MeetUnknownField): ReadField {
  const { json, many, of } = field;
  if (of === 'passed-by') return pass;
  if (json === '') {
    const read = compileMessage(of, wanted, onUnknown);
    return (cursor, into) => read(cursor, cursor.end(), into);
  }
  const within = wanted === 'all' ? 'all' : wanted.get(json);
  if (within === undefined) return wireOf(field) === WIRE.varint ? passNumber : pass;
  const value = compileValue(field, within, onUnknown);
  if (many === 'list') return listField(json, value);
  if (many === 'map') return mapField(json, value);
  if (field.omitsZero) return zeroField(json, value);
  if (isMessage(field)) return messageField(json, value);
  return (cursor, into) => {
    into[json] = value(cursor);
  };
}

/** `known`: a message that has begun already, which goes on with this one. */
type ReadValue = (cursor: WireCursor, known?: Record<string, unknown>) => unknown;

const isMessage = ({ of }: MessageField): boolean => of.includes('.') && OWN_FORMS[of] === undefined;

const text: ReadValue = (cursor) => cursor.text();

function compileValue({ of }: MessageField, wanted: WantedFields, onUnknown: MeetUnknownField): ReadValue {
  switch (of) {
    case 'string':
      return text;
    case 'bool':
      return (cursor) => cursor.bool();
    case 'int':
      return (cursor) => cursor.int();
    case 'bytes':
      return (cursor) => cursor.bytes().toString('base64');
    default: {
      const readForm = OWN_FORMS[of];
      if (readForm !== undefined) return (cursor) => readForm(cursor, cursor.end());
      // When the first one comes: of a kind's hundreds of messages most never do.
      let read: ReadMessage | undefined;
      return (cursor, into = {}) => {
        read ??= compileMessage(of, wanted, onUnknown);
        read(cursor, cursor.end(), into);
        return into;
      };
    }
  }
}

/** A message that comes in parts is all of them together. */
function messageField(json: string, value: ReadValue): ReadField {
  return (cursor, into) => {
    const known = into[json];
    into[json] = isRecord(known) ? value(cursor, known) : value(cursor);
  };
}

function zeroField(json: string, value: ReadValue): ReadField {
  return (cursor, into) => {
    const given = value(cursor);
    if (given !== '' && given !== 0 && given !== false) into[json] = given;
  };
}

function listField(json: string, value: ReadValue): ReadField {
  return (cursor, into) => {
    const list = into[json];
    if (Array.isArray(list)) list.push(value(cursor));
    else into[json] = [value(cursor)];
  };
}

const ORDINARY = { enumerable: true, writable: true, configurable: true } as const;

/** An entry is a message with the key in field 1 and the value in field 2, which in Kubernetes are texts, bytes and messages. */
const KEY = (1 << 3) | WIRE.bytes;
const VALUE = (2 << 3) | WIRE.bytes;

function mapField(json: string, value: ReadValue): ReadField {
  return (cursor, into) => {
    const known = into[json];
    const map = isRecord(known) ? known : (into[json] = {});
    const end = cursor.end();
    let key = '';
    let given: unknown = '';
    while (cursor.at < end) {
      const tag = cursor.uint32();
      if (tag === KEY) key = cursor.text();
      else if (tag === VALUE) given = value(cursor);
      else cursor.skipOther(tag, 2);
    }
    cursor.close(end);
    // By assignment this key would set the prototype instead of a member.
    if (key === '__proto__') Object.defineProperty(map, key, { value: given, ...ORDINARY });
    else map[key] = given;
  };
}
