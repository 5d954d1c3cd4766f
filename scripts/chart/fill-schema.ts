import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describeOptions, type OptionTable } from '../../shared/src/config/option-table.ts';
import { readProgramDocs } from '../docs/read-program-docs.ts';
import { CHART } from './chart-folder.ts';
import type { Json } from './kubernetes-bounds.ts';

/** The schema of the chart's values. */
export const SCHEMA_FILE = join(CHART, 'values.schema.json');

const IDENTITY = /^(?:EKS|GKE|AKS|KOPS|OPENSHIFT|SELFHOSTEDEC2|ANYWHERE)_/u;

/**
 * The schema as it should be: what is written by hand, with the defaults of values.yaml (an editor shows them; Helm takes no notice)
 * and what the agent itself knows: the variables of `identity`, and the feeds that may be skipped. The other definitions are left as they are: `npm run kubernetes-types` writes those.
 */
export async function filledSchema(): Promise<string> {
  const options = (await readProgramDocs()).get('agent')?.options ?? {};
  const schema = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as Json;
  const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as unknown;
  const { definitions, ...rest } = withDefaults(schema, values);
  return printSchema({
    ...rest,
    definitions: { ...(definitions as Json), feed: { enum: feedsIn(options) }, identity: identityIn(options) },
  });
}

/** The text of a schema. */
export function printSchema(schema: Json): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function withDefaults(schema: Json, value: unknown): Json {
  const { default: _old, properties, ...rest } = schema;
  if (value === undefined) return properties === undefined ? rest : { ...rest, properties };
  if (properties === undefined) return { ...rest, default: value };
  const fields = Object.entries(properties as Readonly<Record<string, Json>>).map(([key, inner]) => [
    key,
    withDefaults(inner, (value as Json)[key]),
  ]);
  return { ...rest, properties: Object.fromEntries(fields) };
}

/** The variables by which a cluster is told which it is, closed: a typo is refused with its name. */
function identityIn(options: OptionTable): Json {
  const rows = describeOptions(options).filter(({ name }) => IDENTITY.test(name));
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(rows.map(({ name, meaning }) => [name, { description: meaning, type: 'string' }])),
  };
}

/** The names that the option takes, which are the words between the bars of its pattern; Helm then names them all to who mistypes one. */
function feedsIn(options: OptionTable): string[] {
  const { skipFeeds } = options;
  const pattern = skipFeeds?.kind === 'list' ? skipFeeds.form?.pattern.source : undefined;
  const words = /^\^\(\?:(?<words>.*)\)\$$/u.exec(pattern ?? '')?.groups?.['words'];
  if (words === undefined) throw new Error('SKIP_FEEDS is no list of words any more');
  const plain = words.replaceAll(/\\x(?<code>[0-9a-f]{2})|\\(?<sign>.)/gu, (...match) => {
    const { code, sign } = match.at(-1) as { code?: string; sign?: string };
    return code === undefined ? (sign ?? '') : String.fromCharCode(Number.parseInt(code, 16));
  });
  return plain.split('|');
}
