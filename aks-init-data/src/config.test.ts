import { expect, test } from 'vitest';
import { parseOptions } from '@castai/shared/config/env.ts';
import { checkInitDataConfig, INIT_DATA_OPTIONS, type InitDataConfig } from './config.ts';

const REQUIRED = {
  API_KEY: 'key',
  API_URL: 'https://api.example.com',
  CLUSTER_ID: 'c',
  NODE_NAME: 'n',
  POD_NAMESPACE: 'castai-agent',
  PLATFORM_KEYS: `k1:${Buffer.alloc(32, 9).toString('base64')}`,
};

function configOf(environment: Readonly<Record<string, string>> = {}): InitDataConfig {
  const readFile = (): string => {
    throw new Error('no file is read');
  };
  const source = { environment: { ...REQUIRED, ...environment }, readFile };
  return parseOptions(INIT_DATA_OPTIONS, source, checkInitDataConfig).config;
}

test('what options only together make unusable is told with everything else', () => {
  const broken = { API_URL: 'http://api.example.com', CLUSTER_ID: '', PLATFORM_KEYS: 'a:AAAA,b' };
  expect(() => configOf(broken)).toThrow(
    /CLUSTER_ID is not set[^]*API_URL="http:\/\/api\.example\.com\/" is not encrypted[^]*"a:AAAA"[^]*"b"/u,
  );
});

test('data is sealed unless its other form is named, which needs no keys', () => {
  expect(configOf().format).toBe('sealed');
  expect(() => configOf({ PLATFORM_KEYS: '' })).toThrow('PLATFORM_KEYS is not set');
  const clear = configOf({ PLATFORM_KEYS: '', INIT_DATA_FORMAT: 'cleartext-compatibility' });
  expect(clear.format).toBe('cleartext-compatibility');
});

test('plain http is taken to this machine only', () => {
  const f = (url: string, isTaken: boolean): void => {
    const attempt = (): unknown => configOf({ API_URL: url });
    if (isTaken) expect(attempt).not.toThrow();
    else expect(attempt).toThrow('is not encrypted');
  };
  f('http://localhost:8080', true);
  f('http://127.0.0.1:8080', true);
  f('http://[::1]:8080', true);
  f('http://127.0.0.1.example.com', false);
  f('http://10.0.0.1', false);
});
