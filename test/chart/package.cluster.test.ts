/** What `npm run package` makes, as somebody has it who unpacks it. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../../scripts/run-command.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { newKeyring } from './openpgp-key.ts';

const ROOT = join(import.meta.dirname, '../..');
const OTHER = 'Somebody else <other@example.com>';

let helm: Helm;
let folder: string;
let chart: string;
let said: string;
beforeAll(async () => {
  helm = await createHelm(4);
  folder = mkdtempSync(join(tmpdir(), 'castai-package-'));
  writeFileSync(join(folder, 'keys.gpg'), newKeyring('Release <release@example.com>'));
  writeFileSync(join(folder, 'others.gpg'), newKeyring(OTHER));
  said = await makePackage('--key', join(folder, 'keys.gpg'), '--sign-as', 'Release');
  await run('tar', 'xzf', join(folder, 'out/castai-0.1.0.tgz'), '-C', folder);
  chart = join(folder, 'castai');
});
afterAll(() => {
  helm?.[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { code, output } = await runCommand({ program, args, directory: ROOT });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

async function makePackage(...args: readonly string[]): Promise<string> {
  return run(process.execPath, 'scripts/package/main.ts', '--destination', join(folder, 'out'), ...args);
}

test('archive and provenance are there with their digests, and only the key that signed is believed', async () => {
  for (const name of ['castai-0.1.0.tgz', 'castai-0.1.0.tgz.prov']) {
    const path = join(folder, 'out', name);
    expect(said).toContain(`sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${path}`);
  }
  const archive = join(folder, 'out/castai-0.1.0.tgz');
  expect(await helm.must('verify', archive, '--keyring', join(folder, 'keys.gpg'))).toContain('Release');
  const { code } = await helm.run('verify', archive, '--keyring', join(folder, 'others.gpg'));
  expect(code).not.toBe(0);
});

test('a license and the examples are in it, and its documents lead nowhere that is not there', () => {
  expect(readdirSync(chart)).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'UPGRADING.md', 'examples']));
  for (const name of ['README.md', 'UPGRADING.md']) {
    const text = readFileSync(join(chart, name), 'utf8');
    const links = [...text.matchAll(/\]\((?<to>[^)#]+)/gu)].map((match) => match.groups?.['to'] ?? '');
    const dead = links.filter((to) => !/^https?:/u.test(to) && !existsSync(join(chart, to)));
    expect([name, dead]).toEqual([name, []]);
    const files = [...text.matchAll(/--values (?<path>\S+)/gu)].map((match) => match.groups?.['path'] ?? '');
    expect(files.filter((path) => !existsSync(join(dirname(chart), path)))).toEqual([]);
  }
});

test('what is unpacked is a chart without a complaint, and each example can be rendered', async () => {
  const { code, stdout, stderr } = await helm.run(
    'lint',
    chart,
    '--strict',
    '--kube-version',
    '1.37.2',
    '--values',
    join(chart, 'examples/minimal-values.yaml'),
  );
  expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
  expect(stdout).not.toContain('[INFO]');
  for (const name of readdirSync(join(chart, 'examples'))) {
    await helm.must('template', 'x', chart, '--kube-version', '1.37.2', '--values', join(chart, 'examples', name));
  }
});

test('without a key nothing is signed, and half of one is an error', async () => {
  await makePackage('--repository', 'https://git.example/castai');
  expect(readdirSync(join(folder, 'out'))).toEqual(['castai-0.1.0.tgz']);
  const args = ['scripts/package/main.ts', '--key', join(folder, 'keys.gpg')];
  const { code, output } = await runCommand({ program: process.execPath, args, directory: ROOT });
  expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining('belong together') as unknown });
});
