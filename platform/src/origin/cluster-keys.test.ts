import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readClusterKeys } from './cluster-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'castai-cluster-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
const KEY = { kty: 'RSA', n: 'AQAB', e: 'AQAB' };
const write = (id: string, content: unknown): void =>
  writeFileSync(join(folder, `${id}.json`), typeof content === 'string' ? content : JSON.stringify(content));

test('a file that is added or replaced counts with the next look', async () => {
  expect(await readClusterKeys(folder, 'c-1')).toBeUndefined();
  write('c-1', { issuer: 'https://a', keys: [KEY] });
  expect(await readClusterKeys(folder, 'c-1')).toEqual({ issuer: 'https://a', jwks: { keys: [KEY] } });
  write('c-1', { issuer: 'https://b', keys: [KEY], accounts: ['ns/one'] });
  expect(await readClusterKeys(folder, 'c-1')).toEqual({
    issuer: 'https://b',
    jwks: { keys: [KEY] },
    accounts: ['ns/one'],
  });
});

test('an id may have dots', async () => {
  write('eu.prod-1', { issuer: 'https://a', keys: [KEY] });
  expect(await readClusterKeys(folder, 'eu.prod-1')).toBeDefined();
});

test('a cluster of a foreign name has no file, wherever it points', async () => {
  write('outside', { issuer: 'https://a', keys: [KEY] });
  expect(await readClusterKeys(join(folder, 'inner'), '../outside')).toBeUndefined();
  expect(await readClusterKeys(folder, '..%2Foutside')).toBeUndefined();
});

test.each([
  ['no JSON', /JSON/u],
  [[], /is no JSON object/u],
  [{ keys: [KEY] }, /names no issuer/u],
  [{ issuer: '', keys: [KEY] }, /names no issuer/u],
  [{ issuer: 'https://a' }, /has no keys/u],
  [{ issuer: 'https://a', keys: [] }, /has no keys/u],
  [{ issuer: 'https://a', keys: ['x'] }, /has no keys/u],
  [{ issuer: 'https://a', keys: [KEY], accounts: 'ns/one' }, /is no list of texts/u],
  [{ issuer: 'https://a', keys: [KEY], accounts: [1] }, /is no list of texts/u],
])('a file that cannot be used is no absence of keys: %j', async (content, message) => {
  write('broken', content);
  await expect(readClusterKeys(folder, 'broken')).rejects.toThrow(message);
});
