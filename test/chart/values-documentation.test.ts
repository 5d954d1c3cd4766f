import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isMap, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { CHART, CI_FOLDER } from './helm.ts';

interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema & { $schema: string };
const values = parseDocument(readFileSync(join(CHART, 'values.yaml'), 'utf8'), { uniqueKeys: true });
const OF_ANOTHER_CHART = /^Key of another chart/u;

/** Path → the comment that starts with "--" above the key, for every key that the schema describes. */
function commentsOf(map: YAMLMap, of: Schema, path = ''): Record<string, string> {
  return Object.fromEntries(
    (map.items as Pair<Scalar<string>>[]).flatMap(({ key, value }, index) => {
      const own = `${path}${key.value}`;
      const lines = (key.commentBefore ?? (index === 0 ? map.commentBefore : '') ?? '').split('\n');
      const start = lines.findLastIndex((line) => line.trim().startsWith('-- '));
      const comment =
        start === -1
          ? ''
          : lines
              .slice(start)
              .map((line) => line.trim())
              .join(' ')
              .slice(3);
      const inner = of.properties?.[key.value];
      const below = isMap(value) && inner?.properties !== undefined ? commentsOf(value, inner, `${own}.`) : {};
      return [[own, comment], ...Object.entries(below)];
    }),
  );
}

function descriptionsOf(of: Schema, path = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(of.properties ?? {}).flatMap(([key, inner]) => {
      const description = inner.description ?? '';
      if (OF_ANOTHER_CHART.test(description)) return [];
      return [[`${path}${key}`, description], ...Object.entries(descriptionsOf(inner, `${path}${key}.`))];
    }),
  );
}

function openObjects(of: Schema, path = ''): string[] {
  return Object.entries(of.properties ?? {}).flatMap(([key, inner]) => {
    const isOpen = inner.properties !== undefined && inner.additionalProperties !== false;
    return [...(isOpen ? [`${path}${key}`] : []), ...openObjects(inner, `${path}${key}.`)];
  });
}

test('every key of values.yaml is described, in the schema in the same words, and the schema has no other', () => {
  if (!isMap(values.contents)) throw new Error('values.yaml is no map');
  const comments = commentsOf(values.contents, schema);
  expect(Object.entries(comments).filter(([, comment]) => comment === '')).toEqual([]);
  expect(comments).toEqual(descriptionsOf(schema));
  expect(Object.keys(comments).length).toBeGreaterThan(150);
});

test('the schema is draft-07 without references, and closed but for global', () => {
  expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
  expect(JSON.stringify(schema)).not.toContain('$ref');
  expect(schema.additionalProperties).toBe(false);
  expect(openObjects(schema)).toEqual(['global']);
});

test('there are values for every supported shape', () => {
  const shapes = readdirSync(CI_FOLDER).map((name) => name.replace('-values.yaml', ''));
  expect(shapes).toEqual(
    expect.arrayContaining([
      'minimal',
      'full',
      'eks',
      'aks',
      'gke',
      'openshift',
      'existing-secret',
      'restricted',
      'daemonsets-only',
      'proxy-ca',
      'operator-monitoring',
      'azure-monitor',
      'google-managed-prometheus',
      'phase-1',
      'phase-2',
    ]),
  );
});
