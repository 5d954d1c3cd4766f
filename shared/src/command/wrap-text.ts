/** Below this there is no room for a column of text: it is wrapped as if there were. */
const LEAST_WIDTH = 20;

/**
 * A text as lines that fit: the first one begins where something stands already, the others get an indentation of as many blanks. Breaks
 * between words, and within one that is longer than a line, there behind a sign between its parts. `columns` undefined: one line.
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
      const end = partEnd(line, width);
      lines.push(line.slice(0, end));
      line = line.slice(end);
    }
  }
  return [...lines, line].map((one, index) => (index === 0 ? one : ' '.repeat(indent) + one));
}

/** Where a word that is too long is broken: behind the last part of a list, an address or an assignment that fits, if that fills half a line. */
function partEnd(word: string, width: number): number {
  const end = Math.max(...[',', '/', '='].map((sign) => word.lastIndexOf(sign, width - 1))) + 1;
  return end * 2 > width ? end : width;
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
