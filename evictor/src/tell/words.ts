import type { Terminal } from '@castai/shared/command/terminal.ts';
import { wrapText } from '@castai/shared/command/wrap-text.ts';
import { grouped } from '@castai/shared/verdict/grouped.ts';
import { counted } from '../view/counted.ts';

/** `3 of 40 nodes`. */
export function share(part: number, whole: number, noun: string): string {
  return `${grouped(part)} of ${counted(whole, noun)}`;
}

/** A text that stands indented by as many blanks, wrapped where there is a width. */
export function paragraph(text: string, indent: number, { columns }: Pick<Terminal, 'columns'>): string[] {
  const [first = '', ...rest] = wrapText(text, { indent, columns });
  return [' '.repeat(indent) + first, ...rest];
}
