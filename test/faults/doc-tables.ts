import { dirname, join } from 'node:path';
import type { DocTable } from '../../scripts/docs/doc-table.ts';
import { COVERED_CASES } from './covered-cases.ts';
import { FAULT_CASES } from './fault-cases.ts';
import { type NamedTest, readNamedTests } from './named-tests.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Tables that are made of the tests, by name. */
export const TABLES: Readonly<Record<string, () => DocTable>> = { 'fault matrix': faultTable };

/** Which test proves what: the table of docs/faults.md, whose links go from there. */
function faultTable(): DocTable {
  const named = readNamedTests(ROOT);
  const rows = FAULT_CASES.map(({ id, place, fault }) => {
    const own = (named.get(id) ?? []).map(linkTo);
    const others = COVERED_CASES.filter((one) => one.id === id).map(
      ({ test, because }) => `${linkTo(test)} (${because})`,
    );
    return [id, place, fault, [...own, ...others].join('; ')];
  });
  return { head: ['', 'where', 'what goes wrong', 'tests'], rows };
}

function linkTo({ file, name }: NamedTest): string {
  const short = file.replace(/\.test\.ts$/u, '').replace(`${dirname(file)}/`, '');
  return `[${short}](../${file}) ${name}`;
}
