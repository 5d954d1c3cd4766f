import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { fieldsOf } from '@castai/shared/kube/protobuf/decode-message.ts';
import { type MessageField, wireOf } from '@castai/shared/kube/protobuf/message-table.ts';
import { WIRE } from '@castai/shared/kube/protobuf/wire-cursor.ts';
import { MessageWriter, tagOf } from './message-writer.ts';

/**
 * An object in JSON as the bytes of its message, by the tables that the agent reads by, the other way round: names of `core.v1.Pod`'s form.
 * As Go writes it: in the order of the numbers, maps in the order of their keys, and zeros on the wire that are left out of JSON. What no
 * table has is left out, as a server leaves out what it does not know.
 */
export function encodeMessage(name: string, object: Readonly<Record<string, unknown>>): Buffer {
  messageOf(name)(object);
  return WRITER.take();
}

type Fields = Readonly<Record<string, unknown>>;
type WriteMessage = (object: Fields) => void;
type WriteValue = (tag: number, given: unknown) => void;

/** One is enough: a message is written in one turn. */
const WRITER = new MessageWriter();
const WRITERS = new Map<string, WriteMessage>();

function messageOf(name: string): WriteMessage {
  const known = WRITERS.get(name);
  if (known !== undefined) return known;
  const fields = fieldsOf(name).map(fieldWriter);
  const write: WriteMessage = (object) => {
    for (const writeField of fields) writeField(object);
  };
  WRITERS.set(name, write);
  return write;
}

function fieldWriter(field: MessageField): WriteMessage {
  const { json, many, of, number } = field;
  const tag = tagOf(number, wireOf(field));
  const value = valueWriter(of);
  if (json === '') return embedded(of, (object) => value(tag, object));
  if (many === 'list') {
    return (object) => {
      const given = object[json];
      if (Array.isArray(given)) for (const one of given as unknown[]) value(tag, one);
    };
  }
  if (many === 'map') {
    return (object) => {
      const given = object[json];
      if (isRecord(given)) writeEntries(tag, given, valueWriterOfEntries(of));
    };
  }
  const mayBeNull = of.endsWith('Time');
  return (object) => {
    const given = object[json];
    if (given !== undefined && (given !== null || mayBeNull)) value(tag, given);
    else if (field.omitsZero) writeZero(field, tag);
  };
}

function writeZero(field: MessageField, tag: number): void {
  if (wireOf(field) === WIRE.varint) WRITER.int(tag, 0);
  else WRITER.text(tag, '');
}

/** Of what stands in JSON beside its own fields: nothing, where none of them is there. */
function embedded(of: string, write: WriteMessage): WriteMessage {
  const names = fieldsOf(of).map(({ json }) => json);
  return (object) => {
    if (names.some((name) => name in object)) write(object);
  };
}

/** An entry has the key in field 1 and the value in field 2. */
const KEY = tagOf(1);

interface EntryWriter {
  readonly tag: number;
  readonly write: WriteValue;
}

function valueWriterOfEntries(of: string): EntryWriter {
  const isNumber = of === 'bool' || of === 'int';
  return { tag: tagOf(2, isNumber ? WIRE.varint : WIRE.bytes), write: valueWriter(of) };
}

function writeEntries(tag: number, map: Fields, value: EntryWriter): void {
  for (const key of Object.keys(map).sort(byBytes)) {
    WRITER.nested(tag, () => {
      WRITER.text(KEY, key);
      value.write(value.tag, map[key]);
    });
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function valueWriter(of: string): WriteValue {
  const form = FORMS[of];
  if (form !== undefined) return form;
  // Looked up when the first one comes: messages hold each other, some of them themselves.
  let write: WriteMessage | undefined;
  return (tag, given) => {
    WRITER.nested(tag, () => {
      write ??= messageOf(of);
      write(isRecord(given) ? given : {});
    });
  };
}

const FORMS: Readonly<Record<string, WriteValue>> = {
  string: (tag, given) => WRITER.text(tag, String(given)),
  bool: (tag, given) => WRITER.int(tag, given === true ? 1 : 0),
  int: writeInt,
  bytes: (tag, given) => WRITER.bytes(tag, Buffer.from(String(given), 'base64')),
  'passed-by': (tag, given) => {
    const { manager = 'kubectl', operation = 'Update', fieldsV1 = { 'f:metadata': {} } } = isRecord(given) ? given : {};
    WRITER.nested(tag, () => {
      WRITER.text(tagOf(1), String(manager));
      WRITER.text(tagOf(2), String(operation));
      WRITER.nested(tagOf(7), () => WRITER.text(tagOf(1), JSON.stringify(fieldsV1)));
    });
  },
  Quantity: (tag, given) => WRITER.nested(tag, () => WRITER.text(tagOf(1), String(given))),
  IntOrString: (tag, given) => {
    const isNumber = typeof given === 'number';
    WRITER.nested(tag, () => {
      WRITER.int(tagOf(1, WIRE.varint), isNumber ? 0 : 1);
      WRITER.int(tagOf(2, WIRE.varint), isNumber ? given : 0);
      WRITER.text(tagOf(3), isNumber ? '' : String(given));
    });
  },
  RawExtension: (tag, given) => WRITER.nested(tag, () => WRITER.text(tagOf(1), JSON.stringify(given))),
  Time: writeTime,
  MicroTime: writeTime,
};

const WHOLE = /^-?\d+$/u;

/** What is no number no server could hold: it is left out. */
function writeInt(tag: number, given: unknown): void {
  if (typeof given === 'number') WRITER.int(tag, Math.trunc(given));
  else if (WHOLE.test(String(given))) WRITER.int(tag, BigInt(String(given)));
}

/** Go's zero time, which is `null` in JSON, is nothing at all; so is what is no time. */
function writeTime(tag: number, given: unknown): void {
  WRITER.nested(tag, () => {
    if (typeof given !== 'string' || Number.isNaN(Date.parse(given))) return;
    const micros = Number(/\.(\d{1,6})/u.exec(given)?.[1]?.padEnd(6, '0') ?? 0);
    WRITER.int(tagOf(1, WIRE.varint), Math.floor(Date.parse(given) / 1000));
    WRITER.int(tagOf(2, WIRE.varint), micros * 1000);
  });
}
