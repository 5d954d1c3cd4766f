import { describe, expect, it } from 'vitest';
import { ArrayCutter } from './array-cutter.ts';

type Told = readonly unknown[];

function cut(chunks: readonly Buffer[]): { told: Told[]; head: Record<string, unknown>; hasArray: boolean } {
  const told: Told[] = [];
  const cutter = new ArrayCutter({
    member: 'items',
    maxItemBytes: 64,
    metadataDepth: 0,
    skipsTooLarge: true,
    onArray: () => told.push(['begin', [...cutter.head.keys()]]),
    onElement: (text, place, fault) => told.push([place, fault ?? text]),
    broken: (what) => new RangeError(what),
  });
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  return { told, head: Object.fromEntries(cutter.head), hasArray: cutter.hasArray };
}

const DOCUMENT = `{"id":"a","full":true,"items":[{"n":[1,"]"]},7,"t",{"x":"${'x'.repeat(64)}"}],"token":""}\n`;

describe('array cutter', () => {
  it('gives each element and what stands around them, wherever the bytes are cut', () => {
    const expected = {
      told: [
        ['begin', ['id', 'full']],
        [1, '{"n":[1,"]"]}'],
        [2, 'SCALAR'],
        [3, '"t"'],
        [4, 'TOO_LARGE'],
      ],
      head: { id: 'a', full: true, token: '' },
      hasArray: true,
    };
    const bytes = Buffer.from(DOCUMENT);
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(cut([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(expected);
    }
  });

  it('does not end before the document does', () => {
    const bytes = Buffer.from(DOCUMENT.trimEnd());
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => cut([bytes.subarray(0, length)]), `${length} bytes`).toThrow(RangeError);
    }
  });

  it.each(['{"items":{}}', '{"items":[,]}', '{"items":[1,]}', '{"items":[]}x', '[]', '{"items" []}', '{items:[]}'])(
    'does not take %s',
    (text) => {
      expect(() => cut([Buffer.from(text)])).toThrow(RangeError);
    },
  );

  it('takes null for an empty array, and says when there was none', () => {
    expect(cut([Buffer.from('{"items":null}')])).toEqual({ told: [], head: { items: null }, hasArray: true });
    expect(cut([Buffer.from('{}')])).toEqual({ told: [], head: {}, hasArray: false });
  });
});
