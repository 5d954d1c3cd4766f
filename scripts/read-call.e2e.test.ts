import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
/** What `npm run` starts on its own; a chain of several passes its arguments to the last one, and a tool of others answers for itself. */
const ENTRIES = Object.entries(scripts).flatMap(([name, command]) => {
  const [, entry, ...args] = /^node scripts\/run\.mjs (\S+)((?: [^&\s]+)*)$/u.exec(command) ?? [];
  return entry === undefined ? [] : [{ name, args: [entry, ...args.join(' ').split(' ').filter(Boolean)] }];
});

test('there are scripts to be asked', () => {
  expect(ENTRIES.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['demo', 'test', 'bench', 'program', 'agent', 'platform-rig', 'bundle', 'image', 'check']),
  );
});

test.each(ENTRIES)('npm run $name says what it is when it is asked, and does nothing', ({ args }) => {
  const { status, stdout, stderr } = call([...args, '--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/npm (?:run|test)|Usage: castai-|^ {2}--/mu);
});

test.each(ENTRIES)('npm run $name refuses what it does not know by its name, without a stack', ({ args }) => {
  const { status, stdout, stderr } = call([...args, '--frobnicate']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('--frobnicate');
  expect(stderr).not.toMatch(/^ +at |node:internal/mu);
});

test('-h is --help', () => {
  const [long, short] = ['--help', '-h'].map((flag) => call(['scripts/bundle.ts', flag]));
  expect(short).toMatchObject({ status: 0, stdout: long?.stdout, stderr: '' });
});

function call([entry = '', ...args]: readonly string[]) {
  return spawnSync(process.execPath, [join(ROOT, entry), ...args], { encoding: 'utf8', timeout: 60_000 });
}
