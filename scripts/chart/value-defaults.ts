import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { CHART } from './chart-folder.ts';
import type { ValueSchema } from './values-table.ts';

/** Where the chart carries its own defaults: a template cannot read values.yaml. */
export const DEFAULTS_FILE = join(CHART, 'files/defaults.yaml');

const HEAD = '# The defaults of values.yaml, generated: what fills in for a value that is absent or null.\n';

/**
 * The defaults of values.yaml as the chart's templates need them. Objects whose keys are free (probes, labels, contexts) are empty there:
 * null is how somebody takes one of those out.
 */
export function valueDefaults(): string {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as ValueSchema;
  return `${HEAD}${stringify(defaultsOf(schema, parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'))))}`;
}

function defaultsOf(schema: ValueSchema, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { properties } = schema;
  if (properties === undefined) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, defaultsOf(properties[key] ?? {}, inner)]),
  );
}
