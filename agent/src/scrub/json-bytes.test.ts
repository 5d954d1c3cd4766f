import { expect, test } from 'vitest';
import { JsonBytes } from './json-bytes.ts';

test('what is written is there, and may be taken back', () => {
  const out = new JsonBytes();
  out.byte(0x5b);
  out.raw('1,');
  const { length } = out;
  out.json('"é"');
  expect(String(out.written)).toBe('[1,"é"');
  out.length = length;
  out.bytesFrom(Buffer.from('before"ü"]'), 'before'.length);
  expect(String(out.written)).toBe('[1,"ü"]');
});

test.each(['a"b', 'a\\b', 'a\tb', 'é', '\u0000'])('a text that JSON writes otherwise is not plain: %j', (text) => {
  const out = new JsonBytes();
  const source = Buffer.from(text);
  expect(out.plainText(source, 0, source.length)).toBe(false);
  expect(out.length).toBe(0);
});

test('a plain text is a part of other bytes, in quotes', () => {
  const out = new JsonBytes();
  expect(out.plainText(Buffer.from('xabc~\u007fx'), 1, 6)).toBe(true);
  expect(String(out.written)).toBe('"abc~\u007f"');
});

test('it grows as it has to, whatever is written', () => {
  const out = new JsonBytes();
  const long = 'x'.repeat(70_000);
  out.plainText(Buffer.from(long), 0, long.length);
  out.raw(long);
  out.json(long);
  out.bytesFrom(Buffer.from(long), 0);
  for (let count = 0; count < 300_000; count += 1) out.byte(0x78);
  expect(String(out.written)).toBe(`"${long}"${long}${long}${long}${'x'.repeat(300_000)}`);
});
