import { describe, expect, expectTypeOf, it } from 'vitest';
import { CastaiError } from '../errors.ts';
import { type OptionSource, parseOptions } from './env.ts';
import { defineOptions, type SecretSource } from './option-table.ts';

const table = defineOptions({
  apiUrl: { kind: 'url', variable: 'API_URL', meaning: 'Address of the platform.', required: true },
  apiKey: { kind: 'secret', variable: 'API_KEY', meaning: 'Key of the platform.', required: true },
  clusterName: { kind: 'string', variable: 'CLUSTER_NAME', meaning: 'Shown to people.' },
  intervalMs: { kind: 'duration', variable: 'INTERVAL', meaning: 'Pace.', minMs: 1_000, maxMs: 60_000, default: '15s' },
  level: { kind: 'enum', variable: 'LOG_LEVEL', meaning: 'Detail.', values: ['debug', 'info'], default: 'info' },
  namespaces: { kind: 'list', variable: 'NAMESPACES', meaning: 'Where.' },
  caFile: { kind: 'file', variable: 'CA_FILE', meaning: 'Trust.' },
});

const files: Record<string, string> = { '/run/key': 'hunter2\n', '/run/empty': ' \n', '/run/ca.pem': 'PEM' };
const source = (environment: Record<string, string | undefined>, more: Partial<OptionSource> = {}): OptionSource => ({
  environment,
  readFile: (path) => {
    const text = files[path];
    if (text === undefined) throw new Error('ENOENT: no such file');
    return text;
  },
  ...more,
});
const messageOf = (environment: Record<string, string | undefined>): string => {
  try {
    parseOptions(table, source(environment));
  } catch (error) {
    if (error instanceof CastaiError && error.code === 'CONFIG_INVALID') return error.message;
    throw error;
  }
  return 'no problem';
};

describe('options', () => {
  it('give a frozen config of the right types', () => {
    const environment = {
      API_URL: 'https://api.example.com',
      API_KEY_FILE: '/run/key',
      INTERVAL: ' 30s ',
      CLUSTER_NAME: '',
    };
    const { config, warnings } = parseOptions(table, source(environment));
    expect({ ...config, apiUrl: config.apiUrl.href }).toEqual({
      apiUrl: 'https://api.example.com/',
      apiKey: { file: '/run/key' },
      clusterName: undefined,
      intervalMs: 30_000,
      level: 'info',
      namespaces: [],
      caFile: undefined,
    });
    expect(warnings).toEqual([]);
    expect(Object.isFrozen(config)).toBe(true);
    expectTypeOf(config).toEqualTypeOf<{
      readonly apiUrl: URL;
      readonly apiKey: SecretSource;
      readonly clusterName: string | undefined;
      readonly intervalMs: number;
      readonly level: 'debug' | 'info';
      readonly namespaces: readonly string[];
      readonly caFile: string | undefined;
    }>();
  });

  it('report all problems together, each with variable, value and what to do', () => {
    expect(
      messageOf({
        API_URL: 'example',
        INTERVAL: '10 minutes',
        LOG_LEVEL: 'loud',
        CA_FILE: '/nowhere',
        API_KEY_FILE: '/gone',
      }),
    ).toBe(
      [
        'the configuration is not usable:',
        '  - API_URL="example" is not a URL: give a URL like https://host.example.com',
        '  - API_KEY_FILE="/gone" cannot be read (ENOENT: no such file): check that it is mounted and readable for the user of this process',
        '  - INTERVAL="10 minutes" is not a duration: write it like 500ms, 15s, 10m or 1h30m',
        '  - LOG_LEVEL="loud" is not one of the choices: give debug, info',
        '  - CA_FILE="/nowhere" cannot be read (ENOENT: no such file): check that it is mounted and readable for the user of this process',
      ].join('\n'),
    );
  });

  it('report what is required and absent, and take a blank variable for absent', () => {
    expect(messageOf({ API_URL: ' ', API_KEY: '' })).toBe(
      [
        'the configuration is not usable:',
        '  - API_URL is not set: Address of the platform.',
        '  - neither API_KEY nor API_KEY_FILE is set: Key of the platform.',
      ].join('\n'),
    );
  });

  it('add misspelt variables to the problems: they are often the cause', () => {
    expect(messageOf({ API_URL: 'https://a.test', API_KEZ: 'hunter2' })).toBe(
      [
        'the configuration is not usable:',
        '  - neither API_KEY nor API_KEY_FILE is set: Key of the platform.',
        '  - API_KEZ is set, but there is no such option: did you mean API_KEY?',
      ].join('\n'),
    );
  });

  it('warn about unknown variables of ours, not about those that are read elsewhere', () => {
    const environment = {
      API_URL: 'https://a.test',
      API_KEY: 'hunter2',
      CASTAI_TURBO: '1',
      CASTAI_OTHER: '1',
      CASTAI_BLANK: '',
    };
    const more = { prefixes: ['CASTAI_'], otherVariables: ['CASTAI_OTHER'] };
    expect(parseOptions(table, source(environment, more)).warnings).toEqual([
      'CASTAI_TURBO is set, but there is no such option',
    ]);
  });

  it('never show a secret', () => {
    const { config } = parseOptions(table, source({ API_URL: 'https://a.test', API_KEY: 'hunter2' }));
    expect(JSON.stringify(config)).toContain('[secret]');
    expect(JSON.stringify(config)).not.toContain('hunter2');
    const texts = [
      messageOf({ API_URL: 'https://user:hunter2@a.test', API_KEY: 'hunter2', API_KEY_FILE: '/run/key' }),
      messageOf({ API_URL: 'https://a.test', API_KEY_FILE: '/run/empty' }),
    ];
    expect(texts).toEqual([
      [
        'the configuration is not usable:',
        '  - API_URL has a user or a password in its URL: remove them',
        '  - API_KEY and API_KEY_FILE are both set: keep one of them',
      ].join('\n'),
      'the configuration is not usable:\n  - API_KEY_FILE="/run/empty" is an empty file: check what is mounted there',
    ]);
  });

  it('never show a secret that stands where a path or a plain address should', () => {
    for (const environment of [
      { API_URL: 'https://a.test', API_KEY_FILE: 'hunter2' },
      { API_URL: 'ftp://user:hunter2@a.test', API_KEY: 'k' },
      { API_URL: 'https://user:hunter2@a.test/?x=1', API_KEY: 'k' },
      { API_URL: 'https://user:hunter2@[broken', API_KEY: 'k' },
    ]) {
      expect(messageOf(environment)).toMatch(/API_(URL has a user|KEY_FILE does not hold a path)/);
      expect(messageOf(environment)).not.toContain('hunter2');
    }
  });

  it('complain about a default that the option itself would refuse', () => {
    const broken = defineOptions({
      port: { kind: 'integer', variable: 'PORT', meaning: '', min: 1, max: 9, default: '10' },
    });
    expect(() => parseOptions(broken, source({}))).toThrow('the default of PORT is out of range');
  });
});
