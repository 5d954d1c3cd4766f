import { expect, test } from 'vitest';
import { parseOptions } from '@castai/shared/config/env.ts';
import { PLATFORM_OPTIONS } from './config.ts';
import { platformSettings } from './platform-settings.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

function settingsOf(environment: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}) {
  const readFile = (path: string): string => files[path] ?? '';
  return platformSettings(parseOptions(PLATFORM_OPTIONS, { environment, readFile }).config, readFile);
}

test('without options there is a temporary file and any key', () => {
  expect(settingsOf({})).toEqual({
    apiKeys: [],
    initDataKeys: {},
    podTokenAudience: 'https://api.cast.ai',
    isPodTokenRequired: false,
    wires: ['ingest', 'agent-deltas'],
    limits: { heartbeatMs: 15_000 },
    history: false,
    mayChangeEndpoints: false,
    mayAct: false,
  });
});

test('whom to tell stands in a file, with what it names beside it', () => {
  const entry = { id: 'ops', url: { file: 'url' }, format: 'slack' };
  const files = { '/etc/notify.json': JSON.stringify({ endpoints: [entry] }), '/etc/url': 'https://hooks.example/x\n' };
  const { notify } = settingsOf({ NOTIFY_FILE: '/etc/notify.json' }, files);
  expect(notify?.endpoints).toMatchObject([{ id: 'ops', origin: 'https://hooks.example' }]);
  expect(() => settingsOf({ NOTIFY_FILE: '/none' })).toThrow('NOTIFY_FILE cannot be used: it is not JSON');
});

test('every option is read', () => {
  const environment = {
    DATABASE_FILE: 'f',
    API_KEYS: 'a, b',
    INIT_DATA_KEYS: `k1:${KEY}`,
    HEARTBEAT: '50ms',
    WIRES: 'agent-deltas',
  };
  const tokens = { CLUSTER_KEYS_DIR: 'd', POD_TOKEN_AUDIENCE: 'a', REQUIRE_POD_TOKEN: 'true' };
  expect(
    settingsOf({ ...environment, ...tokens, HISTORY: 'true', ALLOW_ENDPOINTS: 'true', ALLOW_ACTIONS: 'true' }),
  ).toEqual({
    databaseFile: 'f',
    apiKeys: ['a', 'b'],
    initDataKeys: { k1: KEY },
    clusterKeysDir: 'd',
    podTokenAudience: 'a',
    isPodTokenRequired: true,
    wires: ['agent-deltas'],
    limits: { heartbeatMs: 50 },
    history: true,
    mayChangeEndpoints: true,
    mayAct: true,
  });
});

test('a file of keys has a key per line, and comments', () => {
  const file = '# of the organisation\na\n\n  b  \n';
  expect(settingsOf({ API_KEYS_FILE: '/keys' }, { '/keys': file })).toMatchObject({ apiKeys: ['a', 'b'] });
});

test.each(['k1:short', `:${KEY}`, 'k1'])(
  '%s does not open AKS init data, and the complaint shows none of it',
  (key) => {
    expect(() => settingsOf({ INIT_DATA_KEYS: `k0:${KEY},${key}` })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: 'entry 2 of INIT_DATA_KEYS is no key' }),
    );
  },
);
