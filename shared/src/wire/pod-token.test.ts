import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KnownSecrets } from '../log/known-secrets.ts';
import { PodToken } from './pod-token.ts';

let folder: string;
let file: string;
let secrets: KnownSecrets;
let token: PodToken;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'castai-pod-token-'));
  file = join(folder, 'token');
  secrets = new KnownSecrets();
  token = new PodToken(file, secrets);
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is read for each request, so that a replaced one counts at once', () => {
  writeFileSync(file, 'head.first.signature');
  expect(token.current()?.reveal()).toBe('head.first.signature');
  // The same length and, on many file systems, the same time.
  writeFileSync(file, 'head.other.signature\n');
  expect(token.current()?.reveal()).toBe('head.other.signature');
});

it('is gone without when there is no file, and comes back with it', () => {
  expect(token.current()).toBeUndefined();
  writeFileSync(file, 'head.late.signature');
  expect(token.current()?.reveal()).toBe('head.late.signature');
  rmSync(file);
  expect(token.current()).toBeUndefined();
  expect(new PodToken(undefined, secrets).current()).toBeUndefined();
  expect(new PodToken(folder, secrets).current()).toBeUndefined();
});

it.each(['', 'no token', 'a.b', 'a.b.c.d', 'a.b.c\nX-Other: 1', 'a.b.ü', `a.${'b'.repeat(8192)}.c`])(
  'what is no token is not sent: %j',
  (text) => {
    writeFileSync(file, text);
    expect(token.current()).toBeUndefined();
  },
);

it('is known as a secret from its first use on, and shows nowhere by itself', () => {
  writeFileSync(file, 'head.secret.signature');
  const current = token.current();
  expect(secrets.redact('the token head.secret.signature is refused')).toBe('the token [secret] is refused');
  expect(`${String(current)} ${JSON.stringify({ current })}`).not.toContain('secret.signature');
});
