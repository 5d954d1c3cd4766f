/**
 * The difference between two states of the page, so that only what changed goes out four times a second. Pure.
 *
 * A section that is a list of rows with a `key` goes out row by row; every other section goes out whole.
 */
import type { PageModel } from './page-model.ts';

/** Change of a list of rows. `order` lists all keys, and is missing when they are the same in the same order. */
export interface RowsPatch {
  readonly set: readonly { readonly key: string | number }[];
  readonly order?: readonly (string | number)[];
}

/** Changed sections of the {@link PageModel} by name, whole or as {@link RowsPatch}; a section that is missing is unchanged. */
export type PagePatch = Readonly<Record<string, unknown>>;

type Row = { readonly key: string | number };

/** Finds what changed; `undefined`: nothing. Without `before`: everything. */
export function pageDiff(before: PageModel | undefined, after: PageModel): PagePatch | undefined {
  const known = new Map<string, unknown>(Object.entries(before ?? {}));
  const changed = Object.entries(after).flatMap(([section, value]: [string, unknown]): [string, unknown][] => {
    const old = known.get(section);
    if (isRows(value) || (isRows(old) && isEmpty(value))) {
      const patch = rowsDiff(isRows(old) ? old : [], isRows(value) ? value : [], before === undefined);
      return patch ? [[section, patch]] : [];
    }
    return before !== undefined && isSame(old, value) ? [] : [[section, value]];
  });
  return changed.length === 0 ? undefined : Object.fromEntries<unknown>(changed);
}

function rowsDiff(before: readonly Row[], after: readonly Row[], always: boolean): RowsPatch | undefined {
  const known = new Map(before.map((row) => [row.key, row]));
  const set = after.filter((row) => !isSame(known.get(row.key), row));
  const sameOrder = before.length === after.length && before.every(({ key }, index) => after[index]?.key === key);
  if (set.length === 0 && sameOrder && !always) return undefined;
  return { set, ...(sameOrder ? {} : { order: after.map(({ key }) => key) }) };
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isRows(value: unknown): value is Row[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((row) => typeof row === 'object' && row !== null && 'key' in row)
  );
}

/** Sections are small and plain, and their keys always come in one order. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && JSON.stringify(a) === JSON.stringify(b));
}
