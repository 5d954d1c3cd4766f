import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataProblem } from './data-problem.ts';
import { findSettings, folderSignature } from './node-folder.ts';
import { SafeDirectory } from './safe-directory.ts';

const openHandles = (): number => readdirSync('/proc/self/fd').length;

describe('folder of the Azure agent', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'castai-folder-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const extension = (version: string, state: string, files: Readonly<Record<string, string>>): void => {
    const config = join(root, `Microsoft.Azure.Extensions.CustomScript-${version}`, 'config');
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, 'HandlerState'), state);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(config, name), text);
  };
  const ask = async (work: (directory: SafeDirectory) => Promise<unknown>): Promise<unknown> => {
    await using directory = await SafeDirectory.open(root);
    try {
      return await work(directory);
    } catch (error) {
      if (!(error instanceof DataProblem)) throw error;
      return error.kind;
    }
  };

  it('with more names than anybody needs is a condition, found out without looking at them', async () => {
    extension('2.1.19', 'Enabled', { '1.settings': 'x' });
    for (let index = 0; index <= 10_000; index += 1) writeFileSync(join(root, `f${index}`), '');
    const before = openHandles();
    for (const look of [folderSignature, findSettings]) expect(await ask(look)).toBe('too-large');
    expect(openHandles()).toBe(before);
  });

  it('is bounded over all of its folders together', async () => {
    for (let version = 0; version < 4; version += 1) extension(`2.1.${version}`, 'Installed', { '1.settings': '' });
    for (let index = 0; index < 12_000; index += 1) {
      const config = join(root, `Microsoft.Azure.Extensions.CustomScript-2.1.${index % 4}`, 'config');
      writeFileSync(join(config, `${index + 10}.settings`), '');
    }
    const before = openHandles();
    for (const look of [folderSignature, findSettings]) expect(await ask(look)).toBe('too-large');
    expect(openHandles()).toBe(before);
  });

  it('of hundreds of versions looks at the newest', async () => {
    for (let version = 0; version < 300; version += 1) extension(`2.1.${version}`, 'Installed', {});
    extension('2.1.290', 'Enabled', { '7.settings': 'text' });
    expect(await ask(findSettings)).toMatchObject({ extensionVersion: '2.1.290', sequence: 7 });
    const signature = String(await ask(folderSignature));
    expect(signature.match(/^2\.1\.\d+ (?:Installed|Enabled)$/gmu)).toHaveLength(32);
  });
});
