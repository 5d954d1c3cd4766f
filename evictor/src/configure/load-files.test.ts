import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadFiles } from './load-files.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'castai-files-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a mistake that stands in every row is told of some of them', () => {
  const rulesFile = join(folder, 'rules.yaml');
  const row = '  - {podSelector: {namespace: 5}, settings: {disposable: true}}\n';
  writeFileSync(rulesFile, `evictionConfig:\n${row.repeat(2000)}`);
  const load = () => loadFiles({ rulesFile });
  expect(load).toThrow(/^RULES_FILE=.* cannot be used: the file: evictionConfig\[0\]: .*; and 1990 more$/u);
  expect(load).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

test('a file that is not there is named with its option', () => {
  expect(() => loadFiles({ pricesFile: join(folder, 'none.yaml') })).toThrow(
    /^PRICES_FILE=.*none\.yaml cannot be read: /u,
  );
});
