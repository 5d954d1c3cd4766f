import { expect, test } from 'vitest';
import { message } from '@castai/shared/testing/protobuf-bytes.ts';
import { WireCursor } from '@castai/shared/kube/protobuf/wire-cursor.ts';
import { JsonBytes } from './json-bytes.ts';
import { recurring } from './recurring-values.ts';

/** What is written of values one after another, each as `<text>` or `nothing`, and where the cursor stands after them from the end. */
function written(write: ReturnType<typeof recurring>, values: readonly string[]): string[] {
  return values.map((value) => {
    const bytes = Buffer.concat([message([1, Buffer.from(value)]), Buffer.from('behind')]);
    const [cursor, out] = [new WireCursor(), new JsonBytes()];
    cursor.open(bytes);
    cursor.uint32();
    const isThere = write(cursor, out, bytes.length);
    return `${isThere ? String(out.written) : 'nothing'}${bytes.toString('utf8', cursor.at)}`;
  });
}

test('a value is read once, and written each time that it comes', () => {
  const read: string[] = [];
  const write = recurring((cursor) => {
    const text = cursor.text();
    read.push(text);
    return JSON.stringify(text.toUpperCase());
  });
  expect(written(write, ['ab', 'ac', 'ab', 'é', 'ab', 'é'])).toEqual(
    ['"AB"', '"AC"', '"AB"', '"É"', '"AB"', '"É"'].map((json) => `${json}behind`),
  );
  expect(read).toEqual(['ab', 'ac', 'é']);
});

test('what of a value nothing may leave of is nothing the next time, too', () => {
  const write = recurring((cursor) => (cursor.text() === 'secret' ? undefined : '1'));
  expect(written(write, ['secret', 'secret', 'open', 'secret', ''])).toEqual(
    ['nothing', 'nothing', '1', 'nothing', '1'].map((json) => `${json}behind`),
  );
});

test('the same bytes mean in each shape what that makes of them', () => {
  const shapes = ['a', 'b', 'c', 'd'].map((name) => recurring((cursor) => `"${name} ${cursor.text()}"`));
  const twice = [...shapes, ...shapes].flatMap((write) => written(write, ['x']));
  expect(twice).toEqual(['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd'].map((name) => `"${name} x"behind`));
});

test('a long value, and more values than are remembered, are written as they are', () => {
  const write = recurring((cursor) => JSON.stringify(cursor.text()));
  const values = ['x'.repeat(255), 'x'.repeat(256), 'x'.repeat(257), 'y'.repeat(100_000)];
  const many = Array.from({ length: 5000 }, (_, index) => `value ${String(index)}`);
  const all = [...values, ...many, ...values, ...many];
  expect(written(write, all)).toEqual(all.map((value) => `${JSON.stringify(value)}behind`));
});
