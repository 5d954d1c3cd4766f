import { styleText } from 'node:util';
import type { OutputStream } from '../log/log-format.ts';

/** Where a sub-command writes to, as far as its text depends on it. */
export interface Terminal {
  /** False for a pipe or a file: nothing is redrawn there, and lines are not wrapped, so that they can be searched. */
  readonly isTerminal: boolean;
  /** Undefined: as long as it takes. */
  readonly columns: number | undefined;
  readonly hasColour: boolean;
}

/** How a text is painted; names of `util.styleText`. */
export type Style = Parameters<typeof styleText>[0];

/** Narrower ones are taken for this: words would be cut. */
const LEAST_COLUMNS = 40;

/** What a stream writes to. A terminal may be resized, so it is to be asked for each picture. */
export function terminalOf(stream: OutputStream, environment: Record<string, string | undefined>): Terminal {
  if (stream.isTTY !== true) return { isTerminal: false, columns: undefined, hasColour: false };
  // kubectl exec without a size, and some that are piped through `script`, say 0.
  const columns = stream.columns === undefined || stream.columns === 0 ? 80 : stream.columns;
  const hasColour = stream.hasColors?.(environment) ?? false;
  return { isTerminal: true, columns: Math.max(LEAST_COLUMNS, columns), hasColour };
}

/** A text in a style, where there are colours. */
export function paint({ hasColour }: Pick<Terminal, 'hasColour'>, style: Style, text: string): string {
  return hasColour ? styleText(style, text, { validateStream: false }) : text;
}
