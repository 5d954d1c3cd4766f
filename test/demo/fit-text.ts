/** What stands before the text of a line: a name with blanks behind it, or blanks alone. */
const BEFORE = /^(?: *\S+(?: \S+)? {2,}| *)/u;
/** Below this there is no room beside what stands before a text. */
const LEAST_ROOM = 20;

/**
 * Lines as they fit a terminal of so many columns: broken between words, and set on below their text. A word that fits into no line is not
 * broken, because an address in pieces can be neither clicked nor copied; the terminal wraps it.
 */
export function fitText(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => fitLine(line, columns))
    .join('\n');
}

function fitLine(line: string, columns: number): string[] {
  if (line.length <= columns) return [line];
  const before = BEFORE.exec(line)?.[0] ?? '';
  const indent = before.length + LEAST_ROOM > columns ? 4 : before.length;
  const lines: string[] = [];
  let present = before;
  let isEmpty = true;
  for (const word of line.slice(before.length).split(' ')) {
    if (!isEmpty && present.length + 1 + word.length > columns) {
      lines.push(present);
      present = ' '.repeat(indent);
      isEmpty = true;
    }
    present += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, present];
}
