import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { queriesOf, readDashboards } from './monitoring-files.ts';
import { runPromtool } from './run-promtool.ts';

/** What Prometheus says about queries: it knows types of values, which a grammar does not. */
function checkQueries(queries: readonly string[]): { ok: boolean; output: string } {
  const directory = mkdtempSync(join(tmpdir(), 'castai-queries-'));
  try {
    const rules = queries.map((query, index) => ({
      record: `query:number_${index}`,
      expr: query.replaceAll('$__rate_interval', '5m'),
    }));
    writeFileSync(join(directory, 'queries.yaml'), JSON.stringify({ groups: [{ name: 'queries', rules }] }));
    return runPromtool(['check', 'rules', 'queries.yaml'], directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

it.each(Object.entries(readDashboards()))('Prometheus understands every query of %s', (_, dashboard) => {
  const queries = queriesOf(dashboard).map(({ expr }) => expr);
  const { ok, output } = checkQueries(queries);
  expect({ ok, output }).toEqual({ ok: true, output: expect.stringContaining(`${queries.length} rules found`) });
});

it('Prometheus refuses a query whose values do not fit', () => {
  expect(checkQueries(['rate(up)'])).toMatchObject({ ok: false, output: expect.stringContaining('range vector') });
});
