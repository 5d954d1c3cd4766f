import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HELP, parseRigOptions } from './options.ts';

test('without arguments there is a port, a loopback address, a temporary file and any key', () => {
  expect(parseRigOptions([])).toEqual({
    port: 8080,
    host: '127.0.0.1',
    apiKeys: [],
    wires: ['ingest', 'agent-deltas'],
    limits: { heartbeatMs: 15_000 },
    initDataKeys: {},
    podTokenAudience: 'https://api.cast.ai',
    isPodTokenRequired: false,
    history: false,
    mayChangeEndpoints: false,
    mayAct: false,
    faults: [],
  });
});

test('every argument is read', () => {
  const key = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
  const text = `--port 0 --host ::1 --db f --api-key a --api-key b --heartbeat-ms 50 --wire agent-deltas --init-data-key ${key} --history --allow-endpoints --allow-actions --cluster-keys d --audience a --require-token`;
  expect(parseRigOptions(text.split(' '))).toEqual({
    port: 0,
    host: '::1',
    databaseFile: 'f',
    apiKeys: ['a', 'b'],
    wires: ['agent-deltas'],
    limits: { heartbeatMs: 50 },
    initDataKeys: { k1: Buffer.alloc(32, 7).toString('base64') },
    clusterKeysDir: 'd',
    podTokenAudience: 'a',
    isPodTokenRequired: true,
    history: true,
    mayChangeEndpoints: true,
    mayAct: true,
    faults: [],
  });
});

test('faults may stand anywhere among the arguments of the platform', () => {
  const drop = '{"action":{"type":"drop"}}';
  const slow = '{"action":{"type":"delay","ms":5}}';
  expect(parseRigOptions(['--fault', drop, '--port', '0', '--fault', slow, '--history'])).toMatchObject({
    port: 0,
    history: true,
    faults: [{ action: { type: 'drop' } }, { action: { type: 'delay', ms: 5 } }],
  });
});

test('help is asked for, and names every argument', () => {
  expect(parseRigOptions(['--help'])).toBeUndefined();
  const keys = [
    'api-key',
    'init-data-key',
    'cluster-keys',
    'audience',
    'require-token',
    'notify-file',
    'allow-endpoints',
    'allow-actions',
  ];
  for (const name of ['port', 'host', 'db', 'heartbeat-ms', 'history', 'fault', 'help', ...keys]) {
    expect(HELP).toContain(`--${name} `);
  }
});

test.each([
  [['--fault', 'drop'], '--fault must be JSON, not drop'],
  [['--fault'], "'--fault <value>' argument missing"],
  [['--port', 'http'], 'PORT="http" is not a whole number'],
  [['--port', '70000'], 'PORT="70000" is out of range'],
  [['--heartbeat-ms', 'x'], 'HEARTBEAT="xms"'],
  [['--init-data-key', 'k1:short'], 'entry 1 of INIT_DATA_KEYS is no key'],
  [['--colour'], '--colour'],
])('%j is refused', (args, message) => {
  expect(() => parseRigOptions(args)).toThrow(message);
});

test('the file that says whom to tell is read, with what it names beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'castai-rig-options-'));
  try {
    const file = join(folder, 'notify.json');
    writeFileSync(join(folder, 'url'), 'https://hooks.example/x');
    writeFileSync(file, JSON.stringify({ endpoints: [{ id: 'chat', url: { file: 'url' }, format: 'slack' }] }));
    expect(parseRigOptions(['--notify-file', file])).toMatchObject({
      notify: { endpoints: [{ id: 'chat', origin: 'https://hooks.example' }] },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
