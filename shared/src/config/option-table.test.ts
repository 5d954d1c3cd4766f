import { describe, expect, it } from 'vitest';
import { defineOptions, describeOptions, formatBytes, formatDuration } from './option-table.ts';

describe('option table', () => {
  it('describes every kind for the README', () => {
    const table = defineOptions({
      key: { kind: 'secret', variable: 'API_KEY', meaning: 'Key of the platform.', required: true },
      name: { kind: 'string', variable: 'CLUSTER_NAME', meaning: 'Shown to people.' },
      port: { kind: 'integer', variable: 'PORT', meaning: 'Where to listen.', min: 1, max: 65_535, default: '8080' },
      count: { kind: 'integer', variable: 'COUNT', meaning: 'How many.', min: 0, max: 9, unit: 'requests' },
      wait: { kind: 'duration', variable: 'WAIT', meaning: 'How long.', minMs: 0, maxMs: 5_400_000, default: '15s' },
      poll: {
        kind: 'durationSeconds',
        variable: 'POLL_SECONDS',
        meaning: 'How often.',
        minMs: 1_000,
        maxMs: 60_000,
        default: '3',
      },
      size: {
        kind: 'bytes',
        variable: 'SIZE',
        meaning: 'How much.',
        minBytes: 1_024,
        maxBytes: 2 ** 30,
        default: '2Ki',
      },
      on: { kind: 'boolean', variable: 'ON', meaning: 'Whether.', default: 'true' },
      spaces: { kind: 'list', variable: 'NAMESPACES', meaning: 'Where.' },
      url: { kind: 'url', variable: 'API_URL', meaning: 'Address.' },
      level: { kind: 'enum', variable: 'LOG_LEVEL', meaning: 'Detail.', values: ['debug', 'info'], default: 'info' },
      ca: { kind: 'file', variable: 'CA_FILE', meaning: 'Trust.' },
    });
    expect(describeOptions(table)).toEqual([
      { name: 'API_KEY or API_KEY_FILE', default: 'required', type: 'secret', meaning: 'Key of the platform.' },
      { name: 'CLUSTER_NAME', default: '', type: 'string', meaning: 'Shown to people.' },
      { name: 'PORT', default: '8080', type: 'number, 1 to 65535', meaning: 'Where to listen.' },
      { name: 'COUNT', default: '', type: 'requests, 0 to 9', meaning: 'How many.' },
      { name: 'WAIT', default: '15s', type: 'duration, 0s to 90m', meaning: 'How long.' },
      { name: 'POLL_SECONDS', default: '3', type: 'seconds, 1 to 60', meaning: 'How often.' },
      { name: 'SIZE', default: '2Ki', type: 'bytes, 1Ki to 1Gi', meaning: 'How much.' },
      { name: 'ON', default: 'true', type: 'true or false', meaning: 'Whether.' },
      { name: 'NAMESPACES', default: '', type: 'comma-separated list', meaning: 'Where.' },
      { name: 'API_URL', default: '', type: 'URL', meaning: 'Address.' },
      { name: 'LOG_LEVEL', default: 'info', type: 'debug, info', meaning: 'Detail.' },
      { name: 'CA_FILE', default: '', type: 'file', meaning: 'Trust.' },
    ]);
  });

  it('writes amounts in the largest unit that keeps them whole', () => {
    expect([0, 1, 1_000, 90_000, 3_600_000].map(formatDuration)).toEqual(['0s', '1ms', '1s', '90s', '1h']);
    expect([0, 1, 1_024, 1_536, 2 ** 20, 2 ** 31].map(formatBytes)).toEqual(['0', '1', '1Ki', '1536', '1Mi', '2Gi']);
  });
});
