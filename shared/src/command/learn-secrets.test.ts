import { expect, it } from 'vitest';
import { COMMON_OPTIONS } from '../config/common-options.ts';
import { defineOptions } from '../config/option-table.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import { learnSecrets } from './learn-secrets.ts';

const OPTIONS = defineOptions({ apiKey: COMMON_OPTIONS.apiKey });

/** What is left of a text once the secrets of an environment are known. */
function redact(environment: Readonly<Record<string, string>>, text: string): string {
  const secrets = new KnownSecrets();
  const readFile = (path: string): string => {
    if (path === '/key') return 'key-in-a-file\n';
    throw new Error('ENOENT');
  };
  learnSecrets(environment, OPTIONS, { secrets, readFile });
  return secrets.redact(text);
}

it('takes the key out, from a variable, from several in one, and from a file; a file that is not there is none', () => {
  expect(redact({ API_KEY: ' key-of-today ' }, 'key-of-today')).toBe('[secret]');
  expect(redact({ API_KEY: 'key-of-today,key-of-before' }, 'key-of-before key-of-today')).toBe('[secret] [secret]');
  expect(redact({ API_KEY_FILE: '/key' }, 'key-in-a-file')).toBe('[secret]');
  expect(redact({ API_KEY_FILE: '/absent' }, 'key-in-a-file')).toBe('key-in-a-file');
});

it('takes the password of a proxy out however somebody wrote it, as the program itself reads it', () => {
  const f = (HTTPS_PROXY: string, password = 's3cr3t-word'): void =>
    expect(redact({ HTTPS_PROXY }, `407 for ${password}`)).toBe('407 for [secret]');
  f('http://user:s3cr3t-word@proxy:3128');
  f('user:s3cr3t-word@proxy:3128');
  f(' http://user:s3cr3t-word@proxy:3128 ');
  f('http://user:s3cr3t%2Dword@proxy:3128');
  f('http://user:s3cr3t@word/and#more@proxy:3128', 's3cr3t@word/and#more');
  f('http://user:100%s3cr3t@proxy:3128', '100%s3cr3t');
  // One that cannot be used is refused, and what it holds is a secret all the same.
  f('socks5://user:s3cr3t-word@proxy:1080');
  f('"http://user:s3cr3t-word@proxy:3128"');
  expect(redact({ all_proxy: 'user:s3cr3t-word@proxy' }, 's3cr3t-word')).toBe('[secret]');
  expect(redact({ HTTPS_PROXY: 'proxy:3128', HTTP_PROXY: 'user:@proxy' }, 'proxy:3128 user:')).toBe('proxy:3128 user:');
});
