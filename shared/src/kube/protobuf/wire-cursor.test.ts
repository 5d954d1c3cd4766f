import { expect, test } from 'vitest';
import { message } from '../../../testing/protobuf-bytes.ts';
import { exactNumber } from '../json/exact-number.ts';
import { WIRE, WireCursor } from './wire-cursor.ts';

function over(bytes: Buffer): WireCursor {
  const cursor = new WireCursor();
  cursor.open(bytes);
  return cursor;
}

/** The value of a field of a number, behind its tag. */
const number = (value: number | bigint): Buffer => message([1, value]).subarray(1);

test.each([
  [0, 0],
  [127, 127],
  [128, 128],
  [2 ** 49 - 1, 2 ** 49 - 1],
  [2 ** 49, 2 ** 49],
  [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  [2n ** 53n, exactNumber('9007199254740992')],
  [-1, -1],
  [-(2n ** 63n), exactNumber('-9223372036854775808')],
])('a number is read as it was written: %d', (value, read) => {
  const cursor = over(number(value));
  expect(cursor.int()).toEqual(read);
  expect(cursor.at).toBe(number(value).length);
});

test.each(['', 'web', 'x'.repeat(64), 'x'.repeat(65), 'Grüße', '€'.repeat(30)])(
  'a text is read as it was written, the second time as well: %s',
  (text) => {
    const bytes = message([1, text], [2, text]).subarray(1);
    const cursor = over(bytes);
    const first = cursor.text();
    cursor.uint32();
    expect([first, cursor.text()]).toEqual([text, text]);
  },
);

test('texts that meet in one place of the table are kept apart', () => {
  const texts = Array.from({ length: 20_000 }, (_nothing, index) => `label-${String(index)}`);
  const cursor = over(Buffer.concat(texts.map((text) => message([1, text]).subarray(1))));
  expect(texts.map(() => cursor.text())).toEqual(texts);
});

test('a value of any type is passed by', () => {
  const bytes = Buffer.concat([number(300), Buffer.alloc(8), Buffer.from([2, 1, 1]), Buffer.alloc(4)]);
  const cursor = over(bytes);
  for (const wire of [WIRE.varint, WIRE.fixed64, WIRE.bytes, WIRE.fixed32]) cursor.skip(wire);
  expect(cursor.at).toBe(bytes.length);
});

test.each([
  ['a number that does not end', Buffer.alloc(11, 0x80), (cursor: WireCursor) => cursor.int()],
  ['a number that is cut off', Buffer.from([0x80]), (cursor: WireCursor) => cursor.int()],
  ['a length that does not end', Buffer.alloc(6, 0x80), (cursor: WireCursor) => cursor.uint32()],
  [
    'a length of more than 32 bits',
    Buffer.from([0x81, 0x80, 0x80, 0x80, 0x10]),
    (cursor: WireCursor) => cursor.uint32(),
  ],
  ['a value beyond the end that is passed by', Buffer.alloc(7), (cursor: WireCursor) => cursor.skip(WIRE.fixed64)],
  [
    'a known number of another type',
    Buffer.from([1]),
    (cursor: WireCursor) => cursor.skipOther((2 << 3) | WIRE.varint, 2),
  ],
  ['the number 0', Buffer.from([1]), (cursor: WireCursor) => cursor.skipOther(WIRE.varint, 0)],
  ['a text beyond the end', Buffer.from([3, 0x61]), (cursor: WireCursor) => cursor.text()],
  ['bytes beyond the end', Buffer.from([3, 0x61]), (cursor: WireCursor) => cursor.bytes()],
  ['a group', Buffer.alloc(1), (cursor: WireCursor) => cursor.skip(3)],
  ['a message that is read past its end', Buffer.alloc(4), (cursor: WireCursor) => cursor.close(3)],
])('%s is a fault', (_what, bytes, read) => {
  expect(() => read(over(bytes))).toThrow(expect.objectContaining({ code: 'KUBE_STREAM_BROKEN' }));
});
