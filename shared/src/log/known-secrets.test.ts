import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { KnownSecrets } from './known-secrets.ts';

const knowing = (...secrets: string[]): KnownSecrets => {
  const known = new KnownSecrets();
  for (const secret of secrets) known.add(secret);
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
  });

  it('include user and password of a proxy as its header has them', () => {
    const known = new KnownSecrets();
    known.addCredentials('user', 'p@ss#word');
    const header = `Basic ${Buffer.from('user:p@ss#word').toString('base64')}`;
    expect(known.redact(`${header}; ${encodeURIComponent('p@ss#word')}; p@ss#word`)).toBe(
      'Basic [secret]=; [secret]; [secret]',
    );
    known.addCredentials('user', '');
    expect(known.redact('user: nobody')).toBe('user: nobody');
  });

  it('that are shorter than six characters would mask words, so they are not known', () => {
    expect(knowing('a', 'token').redact('a token is a token')).toBe('a token is a token');
  });

  it('replaces the longer of two that begin alike, and forgets the oldest of many', () => {
    expect(knowing('abcdefg', 'abcdefghij').redact('abcdefghij abcdefg')).toBe('[secret] [secret]');
    const known = knowing(...Array.from({ length: 33 }, (_, index) => `rotated-key-${100 + index}`));
    expect(known.redact('rotated-key-100! rotated-key-101! rotated-key-132!')).toBe(
      'rotated-key-100! [secret]! [secret]!',
    );
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
