/**
 * A part of a long list, as a browser asks for it: filtered and sorted here, where all of it is. Pure.
 *
 * Of 30,000 pods a person sees thirty; the other rows never leave the server.
 */

/** What of a list is wanted. */
export interface ListQuery {
  /** Words in lower case that all have to be in a row. */
  readonly words: readonly string[];
  /** Name of the column to sort by; empty: the order that the list has. */
  readonly sort: string;
  readonly isDescending: boolean;
  readonly from: number;
  readonly count: number;
}

/** How a list is searched and sorted. */
export interface ListShape<Row> {
  /** What the words of a filter are looked for in. */
  readonly text: (row: Row) => string;
  readonly columns: Readonly<Record<string, (row: Row) => number | string>>;
}

/** The part. */
export interface ListWindow<Row> {
  /** How many rows there are, and how many of them the filter lets through. */
  readonly total: number;
  readonly matching: number;
  readonly from: number;
  readonly rows: readonly Row[];
}

const MOST_ROWS = 200;
const MOST_WORDS = 8;

/** Reads `filter`, `sort` (`-cpu`: the other way round), `from` and `count`. What makes no sense is as if it were not there. */
export function parseListQuery(query: URLSearchParams): ListQuery {
  const sort = query.get('sort') ?? '';
  const words = (query.get('filter') ?? '').toLowerCase().split(/\s+/u);
  return {
    words: words.filter((word) => word !== '').slice(0, MOST_WORDS),
    sort: sort.replace(/^-/u, ''),
    isDescending: sort.startsWith('-'),
    from: whole(query.get('from'), Number.MAX_SAFE_INTEGER) ?? 0,
    count: whole(query.get('count'), MOST_ROWS) ?? MOST_ROWS,
  };
}

/** The part of `rows` that is wanted. Rows that are equal in the column keep the order that they have. */
export function listWindow<Row>(rows: readonly Row[], query: ListQuery, shape: ListShape<Row>): ListWindow<Row> {
  const { words, sort, isDescending, count } = query;
  const matching =
    words.length === 0
      ? rows
      : rows.filter((row) => {
          const text = shape.text(row).toLowerCase();
          return words.every((word) => text.includes(word));
        });
  const column = Object.hasOwn(shape.columns, sort) ? shape.columns[sort] : undefined;
  const sorted = column ? sortedBy(matching, column, isDescending) : matching;
  const from = Math.min(query.from, Math.max(0, matching.length - 1));
  return { total: rows.length, matching: matching.length, from, rows: sorted.slice(from, from + count) };
}

/** Each row's value is asked for once: sorting asks for it seventeen times. */
function sortedBy<Row>(
  rows: readonly Row[],
  column: (row: Row) => number | string,
  isDescending: boolean,
): readonly Row[] {
  const sign = isDescending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: column(row) }))
    .sort((a, b) => (a.value < b.value ? -sign : a.value > b.value ? sign : 0))
    .map(({ row }) => row);
}

function whole(value: string | null, most: number): number | undefined {
  return value !== null && /^\d{1,9}$/u.test(value) ? Math.min(Number(value), most) : undefined;
}
