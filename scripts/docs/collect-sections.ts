import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describeOptions } from '../../shared/src/config/option-table.ts';
import { valuesTable } from '../chart/values-table.ts';
import { code, type DocTable, renderTable } from './doc-table.ts';
import type { ProgramDocs } from './program-docs.ts';
import { readProgramDocs } from './read-program-docs.ts';

const ROOT = join(import.meta.dirname, '../..');

/**
 * Every section that is generated, by name: those of each folder that has a `docs.ts`, the values of the chart, and what a suite's
 * `doc-tables.ts` makes of its tests.
 */
export async function collectSections(): Promise<Map<string, string>> {
  const tables: [name: string, table: DocTable][] = [['chart values', valuesTable()]];
  for (const path of globSync('test/*/doc-tables.ts', { cwd: ROOT })) {
    const { TABLES } = (await import(join(ROOT, path))) as {
      readonly TABLES: Readonly<Record<string, () => DocTable>>;
    };
    for (const [name, make] of Object.entries(TABLES)) tables.push([name, make()]);
  }
  for (const [folder, docs] of await readProgramDocs()) {
    const own = { options: () => optionsOf(docs), metrics: () => metricsOf(docs), ...docs.tables };
    for (const [name, make] of Object.entries(own)) tables.push([`${folder} ${name}`, make()]);
  }
  return new Map(tables.map(([name, table]) => [name, renderTable(table)]));
}

function optionsOf({ options }: ProgramDocs): DocTable {
  const rows = describeOptions(options).map((row) => [
    row.name.split(' or ').map(code).join(' or '),
    row.default === 'required' ? 'required' : code(row.default),
    row.type,
    row.meaning,
  ]);
  return { head: ['variable', 'default', 'value', 'meaning'], rows };
}

/** Without those of the process, which are everybody's. */
function metricsOf({ metrics }: ProgramDocs): DocTable {
  const rows = metrics()
    .describe()
    .filter(({ name }) => name.startsWith('castai_'))
    .map(({ name, kind, help, labels }) => [
      code(labels.length === 0 ? name : `${name}{${labels.join(',')}}`),
      kind,
      help,
    ]);
  return { head: ['metric', 'type', 'meaning'], rows };
}
