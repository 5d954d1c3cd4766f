import { styleText } from 'node:util';
import { printable } from './printable.ts';

/** A line of log: a JSON document for what collects it, or a sentence for who reads it. */
export type LogFormat = 'json' | 'text';

/** Which line; the rest of it is fields. */
export interface LogRecord {
  readonly level: string;
  /** ISO 8601. */
  readonly time: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

type Style = Parameters<typeof styleText>[0];

const LEVELS: Readonly<Record<string, Style>> = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' };

/**
 * A record for people, without the newline: time, level, message, fields as `name=value`, the error with its causes, and what to do at the
 * end. One line whatever it quotes, and nothing that a terminal would obey: what a server answered may stand in it.
 */
export function textLine(record: LogRecord, hasColour: boolean): string {
  const paint = (style: Style, text: string): string =>
    hasColour ? styleText(style, text, { validateStream: false }) : text;
  const { level, time, message, program: _, error, hint, ...fields } = record;
  const { told, hint: ofError } = tellError(error);
  const cure = typeof hint === 'string' ? hint : ofError;
  return [
    paint('gray', time),
    paint(LEVELS[level] ?? 'reset', level.toUpperCase().padEnd(5)),
    printable(message) + (told === '' ? '' : `: ${told}`),
    ...Object.entries(fields).map(([name, value]) => `${paint('gray', `${name}=`)}${valueOf(value)}`),
    ...(cure === '' ? [] : [`${paint('cyan', '→')} ${printable(cure)}`]),
  ].join(' ');
}

/** The message of an error, of its causes behind it, and its stack, which only a bug and the level debug have. */
function tellError(error: unknown): { readonly told: string; readonly hint: string } {
  const { message, code, hint, causes, stack } = asRecord(error);
  const sentence = typeof message === 'string' ? message : '';
  const why = (Array.isArray(causes) ? causes : []).map((cause) => asRecord(cause)['message']);
  const parts = [sentence, ...why.filter((one) => typeof one === 'string')].filter((part) => part !== '');
  const codes = typeof code === 'string' ? ` (${code})` : '';
  const trace = typeof stack === 'string' ? ` ${JSON.stringify(stack)}` : '';
  return { told: printable(parts.join(' ← ') + codes + trace), hint: typeof hint === 'string' ? hint : '' };
}

function valueOf(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return printable(text === '' || /[\s"=]/u.test(text) ? JSON.stringify(text) : text);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
