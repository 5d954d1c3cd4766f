/**
 * The linter's plugin `house`. Its one rule, `house/imports`, holds every import of the repository to `judge-import.ts`.
 *
 * A rule of our own and not `no-restricted-imports`: that one takes patterns of the text of an import, so each depth of a folder needs
 * its own; of two that apply to a file the later replaces the earlier; and a regular expression with a look-ahead is silently none at
 * all. Three rules of this house were holes because of that.
 */
import { join, relative } from 'node:path';
import { readHouse } from './house.ts';
import { judgeImport } from './judge-import.ts';

const ROOT = join(import.meta.dirname, '../..');
const house = readHouse(ROOT);

/** As much of the linter's interface for plugins as is needed. */
interface RuleContext {
  /** Absolute path of the file. */
  readonly filename: string;
  report(problem: { readonly node: object; readonly message: string }): void;
}
interface ImportingNode {
  readonly source: { readonly type: string; readonly value?: unknown } | null;
}

function create(context: RuleContext): Readonly<Record<string, (node: ImportingNode) => void>> {
  const from = relative(ROOT, context.filename);
  const judge = ({ source }: ImportingNode): void => {
    // Without one it exports what is its own; one that is computed cannot be judged.
    if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
    const message = judgeImport({ from, specifier: source.value }, house);
    if (message !== undefined) context.report({ node: source, message });
  };
  return {
    ImportDeclaration: judge,
    ImportExpression: judge,
    ExportAllDeclaration: judge,
    ExportNamedDeclaration: judge,
    TSImportType: judge,
  };
}

export default { meta: { name: 'house' }, rules: { imports: { create } } };
