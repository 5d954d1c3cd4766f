/** A table as the code gives it, before it is Markdown. */
export interface DocTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Markdown of a table, without a line break at its end. */
export function renderTable({ head, rows }: DocTable): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A text as code; nothing stays nothing. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
