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
    expect(known.redact('canaryA, canaryApiKeyValue12 and what follows …')).toBe(
      'canaryA, canaryApiKeyValue12 and what follows …',
    );
  });

  it('include user and password of a proxy as its header has them', () => {
    const known = new KnownSecrets();
    known.addCredentials('proxy', { user: 'user', password: 'p@ss#word' });
    const header = `Basic ${Buffer.from('user:p@ss#word').toString('base64')}`;
    expect(known.redact(`${header}; ${encodeURIComponent('p@ss#word')}; p@ss#word`)).toBe(
      'Basic [secret]=; [secret]; [secret]',
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
    for (let index = 1; index <= 9; index += 1) known.add('API server', `hourly-token-${index}`);
    expect(known.redact('hourly-token-1! hourly-token-2! hourly-token-9! the-key-of-months')).toBe(
      'hourly-token-1! [secret]! [secret]! [secret]',
    );
  });

  it('keeps for longest what is used', () => {
    const known = knowing('key-in-use', ...Array.from({ length: 7 }, (_, index) => `key-of-old-${index}`));
    known.add('platform key', 'key-in-use');
    known.add('platform key', 'key-of-today');
    expect(known.redact('key-in-use, key-of-old-0, key-of-today')).toBe('[secret], key-of-old-0, [secret]');
  });

  it('never shows a secret of any characters, in any of the encodings', () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 500; round += 1) {
      const secret = Array.from({ length: 6 + Math.floor(random.next() * 30) }, () =>
        String.fromCharCode(0x21 + Math.floor(random.next() * 94)),
      ).join('');
      const known = knowing(secret);
      const encodings = [
        secret,
        encodeURIComponent(secret),
        JSON.stringify(secret),
        Buffer.from(secret).toString('hex'),
      ];
      for (const text of encodings.slice(0, 3)) expect(known.redact(`x ${text} y`)).not.toContain(secret);
    }
  });
});
