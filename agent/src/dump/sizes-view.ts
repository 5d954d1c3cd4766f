import type { DumpView, ReadFeed } from './dump-view.ts';
import type { DumpedObject } from './read-feed.ts';
import type { TextOutput } from './text-output.ts';

interface Sum {
  objects: number;
  bytes: number;
  largestBytes: number;
  largest: string;
}

/** How much would be sent of each feed, uncompressed: a table, the largest first. */
export class SizesView implements DumpView {
  readonly #output: Pick<TextOutput, 'write' | 'flush'>;
  readonly #sums = new Map<string, Sum>();

  constructor(output: Pick<TextOutput, 'write' | 'flush'>) {
    this.#output = output;
  }

  /** Counts it. */
  take({ spec }: ReadFeed, { upsert }: DumpedObject): Promise<void> {
    const { namespace, name, body } = upsert;
    const sum = this.#sums.get(spec.name) ?? { objects: 0, bytes: 0, largestBytes: -1, largest: '' };
    this.#sums.set(spec.name, sum);
    sum.objects += 1;
    sum.bytes += body.byteLength;
    if (body.byteLength > sum.largestBytes) {
      sum.largestBytes = body.byteLength;
      sum.largest = namespace === '' ? name : `${namespace}/${name}`;
    }
    return Promise.resolve();
  }

  /** Writes the table. */
  async finish(): Promise<void> {
    const sums = [...this.#sums].toSorted(([, a], [, b]) => b.bytes - a.bytes);
    const total = { objects: 0, bytes: 0 };
    for (const [, { objects, bytes }] of sums) {
      total.objects += objects;
      total.bytes += bytes;
    }
    const rows = [
      ['feed', 'objects', 'bytes', 'bytes each', 'largest', ''],
      ...sums.map(([feed, { objects, bytes, largest, largestBytes }]) => [
        feed,
        ...[objects, bytes, Math.round(bytes / objects), largestBytes].map(String),
        largest,
      ]),
      ['all', String(total.objects), String(total.bytes), '', '', ''],
    ];
    await this.#output.write(tableOf(rows));
    await this.#output.flush();
  }
}

/** First and last column to the left, numbers to the right. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const isText = column === 0 || column === row.length - 1;
        return isText ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
      })
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}
