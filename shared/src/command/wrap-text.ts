/** Below this there is no room for a column of text: it is wrapped as if there were. */
const LEAST_WIDTH = 20;

/**
 * A text as lines that fit: the first one begins where something stands already, the others get an indentation of as many blanks. Breaks
 * between words, and within one that is longer than a line. `columns` undefined: one line.
 */
export function wrapText(text: string, { indent, columns }: { indent: number; columns: number | undefined }): string[] {
  if (columns === undefined) return [text];
  const width = Math.max(LEAST_WIDTH, columns - indent);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
    while (line.length > width) {
      lines.push(line.slice(0, width));
      line = line.slice(width);
    }
  }
  return [...lines, line].map((one, index) => (index === 0 ? one : ' '.repeat(indent) + one));
}

/** The same as one text, for lines that stand for themselves. */
export function wrapLine(text: string, columns: number | undefined): string {
  return text
    .split('\n')
    .flatMap((line) => wrapText(line, { indent: 0, columns }))
    .join('\n');
}

/** A text cut to what is left of a line, with an ellipsis where something is missing. */
export function cutText(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
