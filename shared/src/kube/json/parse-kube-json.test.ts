import { expect, it } from 'vitest';
import { parseKubeJson, tryParseKubeJson } from './parse-kube-json.ts';

it('keeps each number as it was written, wherever it stands', () => {
  for (const number of [
    '-0',
    '1.50',
    '-1.5',
    '1E3',
    '1e21',
    '-2e5',
    '1e400',
    '9007199254740993',
    '-9223372036854775808',
  ]) {
    for (const text of [
      `{"a":${number}}`,
      `{"a":[${number}]}`,
      `{"a":[1,${number}]}`,
      `{"a":{"b":true,"c":${number}}}`,
    ]) {
      expect(JSON.stringify(parseKubeJson(text))).toBe(text);
    }
  }
  expect(JSON.stringify(parseKubeJson('{ "a" :\n [ -0 , 1.50 ] }'))).toBe('{"a":[-0,1.50]}');
});

it('gives ordinary numbers as numbers', () => {
  expect(parseKubeJson('{"a":[0,1,-1,0.5,9007199254740991,"-0"]}')).toEqual({
    a: [0, 1, -1, 0.5, 9_007_199_254_740_991, '-0'],
  });
});

it('ignores a byte order mark, as lists and watches do', () => {
  expect(parseKubeJson('\uFEFF{"a":-0}')).toEqual(parseKubeJson('{"a":-0}'));
});

it('says nothing of a text that is no JSON', () => {
  expect(tryParseKubeJson('{"a":hunter2}')).toBeUndefined();
  expect(() => parseKubeJson('{"a":hunter2}')).toThrow(expect.objectContaining({ code: 'KUBE_STREAM_BROKEN' }));
  expect(() => parseKubeJson('{"a":hunter2}')).not.toThrow(/hunter2/u);
});
