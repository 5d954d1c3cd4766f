/** What each program says of itself from a container without a shell: `--help`, `--version`, `status`, and what it refuses. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AGENT_OPTIONS } from '@castai/agent/config.ts';
import { CONTROLLER_OPTIONS } from '@castai/cluster-controller/config.ts';
import { EVICTOR_OPTIONS } from '@castai/evictor/config.ts';
import { INIT_DATA_OPTIONS } from '@castai/aks-init-data/config.ts';
import { PLATFORM_OPTIONS } from '@castai/platform/config.ts';
import type { OptionTable } from '@castai/shared/config/option-table.ts';
import { SPOT_HANDLER_OPTIONS } from '@castai/spot-handler/config.ts';
import { findProgram, PROGRAMS, sourceOf } from '../../scripts/programs.ts';
import { startProgram } from '../stages/child-program.ts';

const OPTIONS: Readonly<Record<string, OptionTable>> = {
  agent: AGENT_OPTIONS,
  'spot-handler': SPOT_HANDLER_OPTIONS,
  'aks-init-data': INIT_DATA_OPTIONS,
  'cluster-controller': CONTROLLER_OPTIONS,
  evictor: EVICTOR_OPTIONS,
  platform: PLATFORM_OPTIONS,
};

const CANARY = 'canary-key-0001';

const start = (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { nodeFlags } = findProgram(name);
  return startProgram({ entry: sourceOf(findProgram(name)), name, args, nodeArgs: nodeFlags, env });
};

async function run(name: string, args: readonly string[], env?: Readonly<Record<string, string>>) {
  await using program = start(name, args, env);
  const { code } = await program.exit;
  const of = (wanted: string): string[] =>
    program.lines.filter(({ stream }) => stream === wanted).map(({ text }) => text);
  return { code, stdout: of('stdout'), stderr: of('stderr') };
}

test.for(PROGRAMS.map(({ name }) => name))(
  '%s tells options, commands and exit codes, and its version',
  async (name) => {
    const { code, stdout, stderr } = await run(name, ['--help']);
    expect([code, stderr]).toEqual([0, []]);
    const text = stdout.join('\n');
    const options = OPTIONS[name];
    expect(options).toBeDefined();
    for (const { variable } of Object.values(options ?? {}))
      expect(text).toMatch(new RegExp(`^  ${variable}[=, ]`, 'mu'));
    for (const word of ['run', 'status', 'support-bundle', '--version'])
      expect(text).toMatch(new RegExp(`^  ${word} `, 'mu'));
    expect(text).toContain('Exit codes of the program:');
    expect(stdout.filter((line) => line.length > 80)).toEqual([]);
    expect(await run(name, ['--version'])).toEqual({
      code: 0,
      stdout: [expect.stringMatching(new RegExp(`^castai-${name} \\d+\\.\\d+\\.\\d+$`, 'u')) as unknown],
      stderr: [],
    });
  },
);

test.for(PROGRAMS.map(({ name }) => name))(
  '%s refuses what cannot be meant in one line, with exit code 2',
  async (name) => {
    for (const args of [['dance'], ['status', '--yaml']]) {
      const { code, stdout, stderr } = await run(name, args);
      expect([args, code, stdout, stderr.length]).toEqual([args, 2, [], 1]);
      expect(stderr[0]).toMatch(new RegExp(`^castai-${name}: .*; see castai-${name} (status )?--help$`, 'u'));
    }
  },
);

test.for(PROGRAMS.map(({ name }) => name))(
  '%s says when nobody answers, whatever its own options are',
  async (name) => {
    const { code, stdout } = await run(name, ['status'], { ADMIN_PORT: '1', LOG_LEVEL: 'loud' });
    expect([code, stdout[0]]).toEqual([
      3,
      `✗ nobody answers for castai-${name} at http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1`,
    ]);
  },
);

test('a program tells how the one that runs beside it is', async () => {
  await using platform = start('platform', [], { PORT: '0', ADMIN_PORT: '0', API_KEYS: CANARY });
  const line = await platform.waitForLine((text) => text.includes('the page is at'));
  const { port } = JSON.parse(line) as { port: number };
  const { code, stdout } = await run('platform', ['status'], { ADMIN_PORT: String(port) });
  expect([code, stdout.slice(0, 2)]).toEqual([
    0,
    [expect.stringMatching(/^✓ ok/u) as unknown, expect.stringMatching(/^ {2}castai-platform .*, up \d/u) as unknown],
  ]);
  const bundle = await run('platform', ['support-bundle'], { ADMIN_PORT: String(port), API_KEYS: CANARY });
  const text = bundle.stdout.join('\n');
  expect([bundle.code, bundle.stderr, text.includes(CANARY)]).toEqual([0, [], false]);
  for (const part of ['castai-platform-support/log.ndjson', 'the page is at', '"variable": "API_KEYS"']) {
    expect(text).toContain(part);
  }
  const json = await run('platform', ['status', '--json', '--address', `127.0.0.1:${String(port)}`]);
  expect([json.code, JSON.parse(json.stdout.join('\n'))]).toMatchObject([
    0,
    { program: 'castai-platform', ready: true },
  ]);
});

test.for([['--help'], ['--version'], ['doctor']])('an answer that the disk has no room for is told: %s', (args) => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [sourceOf(findProgram('agent')), ...args], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  expect(status).not.toBe(0);
  expect(stderr).toContain('castai-agent: the answer could not be written whole: ENOSPC');
});

test.for([
  ['--address', 'ftp://127.0.0.1:9877', '--address="ftp://127.0.0.1:9877" is no address'],
  ['--address', '', '--address="" is no address'],
])('%s %s is refused by its name', async ([flag = '', value = '', why = '']) => {
  const { code, stderr } = await run('agent', ['status', flag, value]);
  expect([code, stderr[0]]).toEqual([2, `castai-agent: ${why}`]);
});

test('a port that there is not is refused by the name of its variable', async () => {
  const { code, stderr } = await run('agent', ['status'], { ADMIN_PORT: '99999' });
  expect([code, stderr[0]]).toEqual([2, 'castai-agent: ADMIN_PORT="99999" is no port to ask']);
});
