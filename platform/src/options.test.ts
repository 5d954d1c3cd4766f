import { expect, test } from 'vitest';
import { HELP, parseOptions } from './options.ts';

test('without arguments there is a port, a loopback address, a temporary file and any key', () => {
  expect(parseOptions([])).toEqual({
    port: 8080,
    host: '127.0.0.1',
    apiKeys: [],
    limits: { heartbeatMs: 15_000 },
    initDataKeys: {},
    history: false,
  });
});

test('every argument is read', () => {
  const args = [
    '--port',
    '0',
    '--host',
    '::1',
    '--db',
    'f',
    '--api-key',
    'a',
    '--api-key',
    'b',
    '--heartbeat-ms',
    '50',
  ];
  const key = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
  expect(parseOptions([...args, '--init-data-key', key, '--history'])).toEqual({
    port: 0,
    host: '::1',
    databaseFile: 'f',
    apiKeys: ['a', 'b'],
    limits: { heartbeatMs: 50 },
    initDataKeys: { k1: Buffer.alloc(32, 7).toString('base64') },
    history: true,
  });
});

test('help is asked for, and names every argument', () => {
  expect(parseOptions(['--help'])).toBeUndefined();
  for (const name of ['port', 'host', 'db', 'api-key', 'heartbeat-ms', 'init-data-key', 'history', 'help']) {
    expect(HELP).toContain(`--${name} `);
  }
});

test.each([
  [['--port', 'http'], '--port must be a whole number from 0 to 65535, not http'],
  [['--port', '70000'], '--port must be'],
  [['--heartbeat-ms', '-5'], '--heartbeat-ms'],
  [['--init-data-key', 'k1:short'], '--init-data-key must be id:base64 of 32 bytes'],
  [['--colour'], '--colour'],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
