import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CHART } from '../../test/stages/chart/helm.ts';

/** What the chart's schema says of a value, as far as anything here looks at it. */
export interface ValueSchema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly additionalProperties?: boolean | ValueSchema;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly items?: ValueSchema;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

const README = join(CHART, 'README.md');
const SECTION = /(?<=<!-- generated: values -->\n)[\s\S]*?(?=<!-- end of generated -->)/u;
const OF_ANOTHER_CHART = /^Key of another chart/u;

/** The chart's README as it is. */
export function presentReadme(): string {
  return readFileSync(README, 'utf8');
}

/** The same with the table of values that values.yaml and its schema give. Throws when there is no place for it. */
export function wantedReadme(): string {
  const readme = presentReadme();
  if (!SECTION.test(readme)) throw new Error('the README of the chart has no place for its values');
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as ValueSchema;
  const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as unknown;
  const lines = rowsOf(schema, values, '').map((cells) => `| ${cells.join(' | ')} |`);
  return readme.replace(SECTION, () => ['| key | default | meaning |', '| --- | --- | --- |', ...lines, ''].join('\n'));
}

/** Writes it. */
export function writeReadme(): void {
  writeFileSync(README, wantedReadme());
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
    return [`\`${key}\``, value, description].map((cell) => cell.replaceAll('|', '\\|'));
  });
}

function defaultAt(values: unknown, path: string): string {
  const value = path.split('.').reduce((at, key) => (at as Readonly<Record<string, unknown>>)[key], values);
  return value === '' ? '' : `\`${JSON.stringify(value)}\``;
}
