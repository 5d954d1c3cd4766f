import { WIRE } from '@castai/shared/kube/protobuf/wire-cursor.ts';
import { message } from '@castai/shared/testing/protobuf-bytes.ts';
import { expect, test } from 'vitest';
import { MessageWriter, tagOf } from './message-writer.ts';

const NUMBER = tagOf(3, WIRE.varint);

test.each([0, 1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 40, -1, -(2 ** 40), 2n ** 63n - 1n])('number %s', (value) => {
  const writer = new MessageWriter();
  writer.int(NUMBER, value);
  expect(writer.take()).toEqual(message([3, value]));
});

test.each(['', 'a', 'ü', `${'a'.repeat(47)}ü`, '€'.repeat(60), 'a'.repeat(127), 'a'.repeat(128), 'b'.repeat(200_000)])(
  'a text of any length and letters (%#)',
  (value) => {
    const writer = new MessageWriter();
    writer.text(tagOf(20), value);
    expect(writer.take()).toEqual(message([20, value]));
  },
);

test.each([0, 125, 126, 16_381, 16_382, 70_000])('what is within is as long as it says, and whole: %d', (length) => {
  const writer = new MessageWriter();
  const text = 'x'.repeat(length);
  writer.nested(tagOf(1), () => {
    writer.nested(tagOf(2), () => writer.text(tagOf(3), text));
    writer.bytes(tagOf(4), Buffer.from([1, 2, 3]));
  });
  writer.int(NUMBER, 7);
  const inner = message([2, message([3, text])], [4, Buffer.from([1, 2, 3])]);
  expect(writer.take()).toEqual(message([1, inner], [3, 7]));
});

test('what was taken stays as it is while the next message is written', () => {
  const writer = new MessageWriter();
  writer.text(tagOf(1), 'first');
  const first = writer.take();
  writer.text(tagOf(1), 'other');
  expect([first, writer.take()]).toEqual([message([1, 'first']), message([1, 'other'])]);
});
