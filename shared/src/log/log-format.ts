import type { LogFormat } from './text-line.ts';

/** As much of a stream of the process as it takes to tell what reads it. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  /** Of a terminal: columns; may change. */
  readonly columns?: number | undefined;
  /** Node's own, of a terminal: looks at TERM, NO_COLOR, FORCE_COLOR and the others. */
  hasColors?(environment: Record<string, string | undefined>): boolean;
}

/** How lines are written. */
export interface LogLook {
  readonly format: LogFormat;
  readonly hasColour: boolean;
}

/**
 * How lines are to be written to a stream: as LOG_FORMAT says, and without a word of it readable on a terminal and JSON elsewhere, which
 * is what collects them. Never throws: also what is wrong with LOG_FORMAT has to be told in some format.
 */
export function chooseLogLook(environment: Record<string, string | undefined>, stream: OutputStream): LogLook {
  const isTerminal = stream.isTTY === true;
  // The option of this name, read here as well: there are no options when they cannot be used.
  const wanted = environment['LOG_FORMAT']?.trim().toLowerCase();
  const format = wanted === 'json' || wanted === 'text' ? wanted : isTerminal ? 'text' : 'json';
  return { format, hasColour: isTerminal && (stream.hasColors?.(environment) ?? false) };
}
