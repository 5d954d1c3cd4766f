import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import { describedKeys, type ValueSchema } from '../../scripts/chart/values-table.ts';
import type { ApiObject } from '../cluster/api-client.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { workloadsIn } from '../stages/chart/rendered-objects.ts';

let helm: Helm;
beforeAll(async () => {
  helm = await createHelm(4);
});
afterAll(() => helm?.[Symbol.dispose]());

const SCHEMA = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as ValueSchema;
const KEYS = describedKeys(SCHEMA);

/** Everything on, so that every value has a place in what is rendered. */
const EVERYTHING = {
  agent: { replicas: 2 },
  spotHandler: { enabled: true },
  aksInitData: { enabled: true, platformKeys: ['example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo='] },
  evictor: { enabled: true },
  clusterController: { enabled: true },
  clusterId: 'c',
  apiKeySecret: { name: 'k' },
  image: { registry: 'registry.example.com' },
  networkPolicy: { enabled: true },
  openshift: { enabled: true },
  monitoring: {
    podMonitor: { enabled: true },
    podMonitoring: { enabled: true },
    platformScrape: { enabled: true },
    rules: { enabled: true },
    dashboards: { enabled: true },
  },
};

const json = (key: string, value: unknown): string[] => ['--set-json', `${key}=${JSON.stringify(value)}`];
const everything = Object.entries(EVERYTHING).flatMap(([key, value]) => json(key, value));

/** Texts that are free: no list of words, no pattern, and not one of several that exclude each other. */
const EXCLUDED = new Set(['apiKey', 'trustedCa.pem', 'trustedCa.configMap.name', 'clusterIdFrom.configMap.name']);
const FREE_TEXTS = KEYS.filter(
  ([key, schema]) =>
    schema.type === 'string' && schema.enum === undefined && !('minLength' in schema) && !EXCLUDED.has(key),
);

/** Those that may be this word, which a pattern can forbid. */
function textsThatMayBe(word: string): string[] {
  const mayBe = (schema: ValueSchema): boolean => new RegExp(schema.pattern ?? '', 'u').test(word);
  return FREE_TEXTS.filter(([, schema]) => mayBe(schema)).map(([key]) => key);
}

async function withTexts(keys: readonly string[], text: string): Promise<ApiObject[]> {
  return helm.template(...everything, ...keys.flatMap((key) => ['--set-string', `${key}=${text}`]));
}

test.each(['123', '1e3', 'true', '012', '84e5', 'null', '0x1f', '1_000', '0o17', 'no', '2001-01-01', '~'])(
  'a text that YAML would take for something else stays a text everywhere: %s',
  async (odd) => {
    const keys = textsThatMayBe(odd).filter((key) => textsThatMayBe('zzqzz').includes(key));
    // Names of images, of objects and of labels cannot be a tilde.
    const [most, places] = odd === '~' ? [4, 5] : [odd === '1_000' ? 12 : 30, 20];
    expect(keys.length).toBeGreaterThan(most);
    const plain = JSON.stringify(await withTexts(keys, 'zzqzz'));
    expect(plain.split('zzqzz').length).toBeGreaterThan(places);
    expect(await withTexts(keys, odd)).toEqual(JSON.parse(plain.replaceAll('zzqzz', odd)));
  },
);

test.each([
  [{ name: 'A', value: 12_345_678 }, '12345678'],
  [{ name: 'A', value: 90_071_992_547 }, '90071992547'],
  [{ name: 'A', value: 0.25 }, '0.25'],
  [{ name: 'A', value: true }, 'true'],
  [{ name: 'A', value: '012' }, '012'],
  [{ name: 'A', value: '' }, ''],
  [{ name: 'A' }, ''],
])('a variable %j of the environment is %j in the pod', async (entry, value) => {
  const objects = await helm.template(...json('apiKeySecret', { name: 'k' }), ...json('agent', { extraEnv: [entry] }));
  const env = workloadsIn(objects)[0]?.spec.template.spec.containers[0]?.env;
  expect(env?.find(({ name }) => name === 'A')).toEqual({ name: 'A', value });
});

test('a value that is null, or absent as after --reuse-values of an older chart, is its default', async () => {
  const plain = await helm.template(...everything);
  const isClosed = (schema: ValueSchema): boolean => schema.properties !== undefined;
  const sections = KEYS.filter(([, schema]) => isClosed(schema)).map(([key]) => key);
  expect(sections.length).toBeGreaterThan(25);
  const needed = new Set(Object.entries(EVERYTHING).flatMap(([key, value]) => leavesOf(value, key)));
  const isNeeded = (key: string): boolean => [...needed].some((one) => one === key || one.startsWith(`${key}.`));
  const isLeaf = ([, schema]: (typeof KEYS)[number]): boolean => !isClosed(schema) && schema.type !== 'object';
  const leaves = KEYS.filter(isLeaf).map(([key]) => key);
  const absent = leaves.filter((key) => !isNeeded(key)).flatMap((key) => ['--set', `${key}=null`]);
  expect(await helm.template(...everything, ...absent)).toEqual(plain);

  // Whole sections at once. What has only objects with free keys in it loses those, which is what null says of them.
  const whole = sections.filter((key) => !isNeeded(key) && !key.includes('rbac'));
  for (const key of whole.filter((one) => !one.includes('.'))) {
    const objects = await helm.template(...everything, '--set', `${key}=null`);
    expect([key, objects.map(({ metadata }) => metadata?.name)]).toEqual([
      key,
      plain.map(({ metadata }) => metadata?.name),
    ]);
  }
  expect(await helm.template('--set', 'apiKeySecret.name=k', '--set', 'global=null,monitoring=null')).toEqual(
    await helm.template('--set', 'apiKeySecret.name=k'),
  );
});

function leavesOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${path}.${key}`));
}

test('every file of the chart prepares its values first: nobody knows which one Helm renders first', () => {
  const files = readdirSync(join(CHART, 'templates'), { recursive: true, encoding: 'utf8' });
  const rendered = files.filter((file) => file.endsWith('.yaml') || file.endsWith('NOTES.txt'));
  expect(rendered.length).toBeGreaterThan(12);
  for (const file of rendered) {
    const [first] = readFileSync(join(CHART, 'templates', file), 'utf8').split('\n');
    expect([file, first]).toEqual([file, '{{- include "castai.prepare" . -}}']);
  }
});
