import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimFile } from './claim-file.ts';

let file = '';
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'castai-claim-'));
  file = join(folder, 'platform.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file is claimed once, and again when it was given back', () => {
  const release = claimFile(file);
  expect(() => claimFile(file)).toThrow('another platform works with it');
  release();
  claimFile(file)();
});

test('what cannot be locked for another reason is not blamed on another platform', () => {
  writeFileSync(`${file}-owner`, 'no database'.repeat(1_000));
  expect(() => claimFile(file)).toThrow(`${file}-owner cannot be locked: file is not a database`);
  const other = join(folder, 'other.db');
  mkdirSync(`${other}-owner`);
  expect(() => claimFile(other)).toThrow(`${other}-owner cannot be locked: unable to open database file`);
});

test('a database in memory is nobody else’s', () => {
  const releases = [claimFile(':memory:'), claimFile(':memory:')];
  for (const release of releases) expect(release).not.toThrow();
});

test('the claim of a process that was killed is gone with it', async () => {
  const code = `
    const { claimFile } = await import(${JSON.stringify(new URL('claim-file.ts', import.meta.url).href)});
    claimFile(${JSON.stringify(file)});
    process.stdout.write('claimed');
    setInterval(() => {}, 1e6);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(other.stdout, 'data');
    expect(() => claimFile(file)).toThrow('another platform works with it');
  } finally {
    const ended = once(other, 'exit');
    other.kill('SIGKILL');
    await ended;
  }
  claimFile(file)();
});
