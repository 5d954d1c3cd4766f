import { expect, test } from 'vitest';
import { createJsonCheck } from './json-check.ts';

const isJsonObject = createJsonCheck();

test('one JSON object in UTF-8, and nothing else, is one', () => {
  const f = (text: string): boolean => isJsonObject(Buffer.from(text));
  expect(f('{}')).toBe(true);
  expect(f('{"a":{"b":[1,"ü",null]}}')).toBe(true);
  const others = ['', '[]', '"a"', 'null', ' {}', '{', '{"a":1', '{"a":1}{', '{"a":01}', "{'a':1}", '{}\0'];
  expect(others.filter(f)).toEqual([]);
  expect(isJsonObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBe(false);
});
