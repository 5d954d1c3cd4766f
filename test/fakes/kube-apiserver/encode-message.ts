import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { fieldsOf } from '@castai/shared/kube/protobuf/decode-message.ts';
import { type MessageField, wireOf } from '@castai/shared/kube/protobuf/message-table.ts';
import { WIRE } from '@castai/shared/kube/protobuf/wire-cursor.ts';
import { message } from '@castai/shared/testing/protobuf-bytes.ts';

type Value = number | bigint | string | Buffer;

/**
 * An object in JSON as the bytes of its message, by the tables that the agent reads by, the other way round: names of `core.v1.Pod`'s form.
 * As Go writes it: in the order of the numbers, maps in the order of their keys, and zeros on the wire that are left out of JSON. What no
 * table has is left out, as a server leaves out what it does not know.
 */
export function encodeMessage(name: string, object: Readonly<Record<string, unknown>>): Buffer {
  return message(
    ...fieldsOf(name).flatMap((field): [number, Value][] =>
      valuesOf(field, object).map((value) => [field.number, value]),
    ),
  );
}

function valuesOf(field: MessageField, object: Readonly<Record<string, unknown>>): Value[] {
  const { json, many, of, omitsZero } = field;
  if (json === '') return embedded(of, object);
  const given = object[json];
  if (many === 'list') return Array.isArray(given) ? given.map((one: unknown) => valueOf(of, one)) : [];
  if (many === 'map') return isRecord(given) ? entriesOf(of, given) : [];
  if (given !== undefined && (given !== null || of.endsWith('Time'))) return [valueOf(of, given)];
  if (!omitsZero) return [];
  return [wireOf(field) === WIRE.varint ? 0 : ''];
}

/** Of what stands in JSON beside its own fields: nothing, where none of them is there. */
function embedded(of: string, object: Readonly<Record<string, unknown>>): Value[] {
  return fieldsOf(of).some(({ json }) => json in object) ? [encodeMessage(of, object)] : [];
}

function entriesOf(of: string, map: Readonly<Record<string, unknown>>): Buffer[] {
  const keys = Object.keys(map).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return keys.map((key) => message([1, key], [2, valueOf(of, map[key])]));
}

function valueOf(of: string, given: unknown): Value {
  switch (of) {
    case 'string':
      return String(given);
    case 'bool':
      return given === true ? 1 : 0;
    case 'int':
      return typeof given === 'number' ? BigInt(Math.trunc(given)) : BigInt(String(given));
    case 'bytes':
      return Buffer.from(String(given), 'base64');
    case 'passed-by':
      return message([1, 'kubectl'], [2, 'Update'], [7, message([1, '{"f:metadata":{}}'])]);
    case 'Quantity':
      return message([1, String(given)]);
    case 'IntOrString':
      return typeof given === 'number'
        ? message([1, 0], [2, given], [3, ''])
        : message([1, 1], [2, 0], [3, String(given)]);
    case 'RawExtension':
      return message([1, JSON.stringify(given)]);
    case 'Time':
    case 'MicroTime':
      return timeOf(given);
    default:
      return encodeMessage(of, isRecord(given) ? given : {});
  }
}

/** Go's zero time, which is `null` in JSON, is nothing at all. */
function timeOf(given: unknown): Buffer {
  if (typeof given !== 'string') return Buffer.alloc(0);
  const seconds = Math.floor(Date.parse(given) / 1000);
  const micros = Number(/\.(\d{1,6})/u.exec(given)?.[1]?.padEnd(6, '0') ?? 0);
  return message([1, seconds], [2, micros * 1000]);
}
