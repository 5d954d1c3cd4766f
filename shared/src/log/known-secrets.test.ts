import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { KnownSecrets } from './known-secrets.ts';

const knowing = (...secrets: string[]): KnownSecrets => {
  const known = new KnownSecrets();
  for (const secret of secrets) known.add('platform key', secret);
  return known;
};

describe('known secrets', () => {
  it('are replaced however a text words and encodes them', () => {
    const key = 'k3y/with+"odd" <chars>&more';
    const known = knowing(key);
    const f = (text: string, expected: string): void => expect(known.redact(text)).toBe(expected);
    f(`API key ${key} is not valid`, 'API key [secret] is not valid');
    f(`${key}${key}`, '[secret][secret]');
    f(`Basic ${Buffer.from(key).toString('base64')}`, 'Basic [secret]');
    f(`?k=${encodeURIComponent(key)}&a=1`, '?k=[secret]&a=1');
    f(JSON.stringify({ key }), '{"key":"[secret]"}');
    f(JSON.stringify({ body: JSON.stringify({ key }) }), '{"body":"{\\"key\\":\\"[secret]\\"}"}');
    f('<td>k3y/with+&quot;odd&quot; &lt;chars&gt;&amp;more</td>', '<td>[secret]</td>');
    f('nothing of it', 'nothing of it');
  });

  it('are replaced where a text was cut in the middle of one', () => {
    const known = knowing('canaryApiKeyValue123');
    expect(known.redact('the key canaryApiKeyV…')).toBe('the key [secret]…');
    expect(known.redact('the key canaryApiKeyV')).toBe('the key [secret]');
    expect(known.redact('the key canar')).toBe('the key canar');
    expect(known.redact('HTTP 401: canaryApi…; canaryApiKeyValue1…; check the key')).toBe(
      'HTTP 401: [secret]…; [secret]…; check the key',
    );
    for (const cut of ['…', '...', '****', '[truncated]'])
      expect(known.redact(`x canaryA${cut}`)).toBe(`x [secret]${cut}`);
    expect(known.redact('canaryA, canaryApi and what follows …')).toBe('canaryA, canaryApi and what follows …');
  });

  it('are no less secret when half of one is shown, however the text goes on', () => {
    const known = knowing('canaryApiKeyValue123');
    expect(known.redact('canaryApiKey (20 characters), canaryApiKeyValue12 and what follows …')).toBe(
      '[secret] (20 characters), [secret] and what follows …',
    );
  });

  it('are no less secret without their beginning, as where a server leaves out the prefix of a key', () => {
    const known = knowing('castai_v1_0f1e2d3c4b5a69788796a5b4c3d2e1f0');
    const f = (text: string, expected: string): void => expect(known.redact(text)).toBe(expected);
    f('the key 0f1e2d3c4b5a69788796a5b4c3d2e1f0 is not valid', 'the key [secret] is not valid');
    f('V1_0F1E2D3C4B5A69788796A5B4C3D2E1F0,e2d3c4b5a69788796a5b4c3d2e1f0', '[secret],[secret]');
    f('4b5a69788796a5b4c3d2e1f0', '[secret]');
    f(`Basic ${Buffer.from('0f1e2d3c4b5a69788796a5b4c3d2e1f0').toString('base64')}`, 'Basic [secret]');
    f(Buffer.from('2d3c4b5a69788796a5b4c3d2e1f0').toString('hex'), '[secret]');
    // Less than half of it, of which nobody makes the rest.
    f('ends in …96a5b4c3d2e1f0', 'ends in …96a5b4c3d2e1f0');
  });

  it('do not take words that one of them ends in out of a text', () => {
    const text = 'the lab-cluster and the production cluster, my-cluster';
    expect(knowing('key-of-lab-cluster', 'a-cluster').redact(text)).toBe(text);
  });

  it('are found in base64 of anything that they are a part of', () => {
    for (const key of ['k-93fj2Lq+8d/aZ41', 'k-93fj2Lq+8d/aZ4', 'k-93fj2Lq+8d/aZ']) {
      for (const around of ['', ':', 'u:', 'us:', 'use:']) {
        for (const encoding of ['base64', 'base64url'] as const) {
          const known = knowing(key);
          const header = Buffer.from(`${around}${key}${around}`).toString(encoding);
          expect(known.redact(`basic ${header}, and more`)).toBe('basic [secret], and more');
        }
      }
    }
  });

  it('include user and password of a proxy as its header has them', () => {
    const known = new KnownSecrets();
    known.addCredentials('proxy', { user: 'user', password: 'p@ss#word' });
    const header = `Basic ${Buffer.from('user:p@ss#word').toString('base64')}`;
    expect(known.redact(`${header}; ${encodeURIComponent('p@ss#word')}; p@ss#word`)).toBe(
      'Basic [secret]; [secret]; [secret]',
    );
    known.addCredentials('proxy', { user: 'user', password: '' });
    expect(known.redact('user: nobody')).toBe('user: nobody');
  });

  it('that are shorter than six characters would mask words, so they are not known', () => {
    expect(knowing('a', 'token').redact('a token is a token')).toBe('a token is a token');
  });

  it('replaces the longer of two that begin alike', () => {
    expect(knowing('abcdefg', 'abcdefghij').redact('abcdefghij abcdefg')).toBe('[secret] [secret]');
  });

  it('forgets the oldest of many of a kind, and nothing of another kind', () => {
    const known = knowing('the-key-of-months');
    for (let index = 1; index <= 9; index += 1) known.add('API server', `${index}tok${index}en-of-${index}an-hour`);
    expect(known.redact('1tok1en-of-1an-hour! 2tok2en-of-2an-hour! 9tok9en-of-9an-hour! the-key-of-months')).toBe(
      '1tok1en-of-1an-hour! [secret]! [secret]! [secret]',
    );
  });

  it('keeps for longest what is used', () => {
    const known = knowing('key-in-use', ...Array.from({ length: 7 }, (_, index) => `${index}-old-key`));
    known.add('platform key', 'key-in-use');
    known.add('platform key', 'key-of-today');
    expect(known.redact('key-in-use, 0-old-key, key-of-today')).toBe('[secret], 0-old-key, [secret]');
  });

  it('are found wherever in a text of any length they stand, and nothing else is taken out of it', () => {
    const key = 'k-93fj2Lq"8d/aZ41';
    const known = knowing(key);
    for (const shown of [key, JSON.stringify(key).slice(1, -1), Buffer.from(key).toString('hex')]) {
      const text = Array.from({ length: 4000 }, (_, place) => `${place} ${shown}${'.'.repeat(place % 97)}`).join('"');
      expect(known.redact(text)).toBe(text.replaceAll(shown, '[secret]'));
    }
  });

  it('never shows a secret of any characters, however it is escaped, also more than once', () => {
    const random = new SeededRandom(7);
    const hex = (character: string): string => (character.codePointAt(0) ?? 0).toString(16);
    const escapes: ((text: string) => string)[] = [
      (text) => text,
      encodeURIComponent,
      (text) => encodeURIComponent(text).toLowerCase(),
      (text) => text.replaceAll(/./gu, (one) => `%${hex(one).padStart(2, '0').toUpperCase()}`),
      (text) => JSON.stringify(text).slice(1, -1),
      (text) =>
        JSON.stringify(text)
          .slice(1, -1)
          .replaceAll('/', String.raw`\/`),
      (text) => text.replaceAll(/[^\w]/gu, (one) => String.raw`\u00${hex(one)}`),
      (text) => text.replaceAll(/[^\w]/gu, (one) => `&#x${hex(one)};`),
      (text) => text.replaceAll(/[^\w]/gu, (one) => `&#${String(one.codePointAt(0))};`),
      (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    ];
    for (let round = 0; round < 300; round += 1) {
      const secret = Array.from({ length: 6 + Math.floor(random.next() * 30) }, () =>
        String.fromCodePoint(0x21 + Math.floor(random.next() * 94)),
      ).join('');
      const known = knowing(secret);
      for (const inner of escapes) {
        for (const outer of escapes) {
          const text = outer(inner(secret));
          expect({ secret, shown: known.redact(`x ${text} y`) }).toEqual({ secret, shown: 'x [secret] y' });
        }
      }
    }
  });
});
