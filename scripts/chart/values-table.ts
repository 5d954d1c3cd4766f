import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { code, type DocTable } from '../docs/doc-table.ts';
import { CHART } from './chart-folder.ts';

/** What the chart's schema says of a value, as far as anything here looks at it. */
export interface ValueSchema {
  readonly description?: string;
  readonly $ref?: string;
  readonly default?: unknown;
  readonly type?: string | readonly string[];
  readonly additionalProperties?: boolean | ValueSchema;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly items?: ValueSchema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const OF_ANOTHER_CHART = /^Key of another chart/u;

/** The table of values, as values.yaml and its schema give it. */
export function valuesTable(): DocTable {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as ValueSchema;
  const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as unknown;
  return { head: ['key', 'default', 'meaning'], rows: rowsOf(schema, values, '') };
}

/** Every key in the order of the schema, which is that of values.yaml; those that only belong to other charts left out. */
export function describedKeys(schema: ValueSchema, path = ''): [key: string, schema: ValueSchema][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    if (OF_ANOTHER_CHART.test(inner.description ?? '')) return [];
    return [[`${path}${key}`, inner] as [string, ValueSchema], ...describedKeys(inner, `${path}${key}.`)];
  });
}

function rowsOf(schema: ValueSchema, values: unknown, path: string): string[][] {
  return describedKeys(schema, path).map(([key, { description = '', properties }]) => {
    // What has keys of its own has its defaults there.
    const value = properties === undefined ? defaultAt(values, key) : '';
    return [code(key), value, description];
  });
}

function defaultAt(values: unknown, path: string): string {
  const value = path.split('.').reduce((at, key) => (at as Readonly<Record<string, unknown>>)[key], values);
  return value === '' ? '' : code(JSON.stringify(value));
}
