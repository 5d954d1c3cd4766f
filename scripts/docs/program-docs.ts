import type { OptionTable } from '../../shared/src/config/option-table.ts';
import type { MetricsRegistry } from '../../shared/src/metrics/metrics.ts';
import type { DocTable } from './doc-table.ts';

/**
 * What `<program>/docs.ts` exports as `DOCS`: what the tables about a program are made of. They are generated into whichever
 * Markdown file has a place for them: `<!-- generated: <folder of the program> options -->`, `… metrics -->`, `… <name> -->`.
 */
export interface ProgramDocs {
  /** Its options, as it parses them. */
  readonly options: OptionTable;
  /** Its metrics, registered as when it runs. */
  readonly metrics: () => MetricsRegistry;
  /** Tables that only this program has, by name. */
  readonly tables?: Readonly<Record<string, () => DocTable>>;
}
