import { expect, it } from 'vitest';
import { undoEscapes } from './undo-escapes.ts';

it('undoes what URLs, JSON, JavaScript and HTML write for a character', () => {
  const f = (written: string, text: string | undefined): void => expect(undoEscapes(written)?.text).toBe(text);
  f('a%2Fb%2fc', 'a/b/c');
  f('%C3%B6', 'ö');
  f(String.raw`a\/b\"c\\d`, 'a/b"c\\d');
  f(String.raw`\u0026\x26`, '&&');
  f('&amp;&lt;&gt;&quot;&apos;', '&<>"\'');
  f('&#x2F;&#47;', '//');
  f('nothing', undefined);
  f(String.raw`100 % of it \n &nbsp; %ff &#9999999;`, undefined);
});

it('tells where each character was written', () => {
  const f = (written: string, text: string, from: number[], to: number[]): void =>
    expect(undoEscapes(written)).toEqual({ text, from: Uint32Array.from(from), to: Uint32Array.from(to) });
  f('a%2Fb', 'a/b', [0, 1, 4], [1, 4, 5]);
  f('%F0%9F%98%80', '😀', [0, 0], [12, 12]);
});
