import type { LogEvent } from './agent-log-call.ts';

const LEVELS: Readonly<Record<string, LogEvent['level']>> = { warn: 'warning', error: 'error' };
/** So begin the lines that are looked at further: the log is written far more often than that somebody has to hear of it. */
const WORTH_READING = /^\{"level":"(?:warn|error)",/u;

/**
 * The warning or error that a line of our log is, or undefined: for one of another level, and for one that names an object, because names
 * tell what a customer runs and may be closed to the platform (SKIP_NAMESPACES). Secrets are not in it: no line is written with them.
 */
export function logEventOf(line: string, instance: Readonly<Record<string, string>>): LogEvent | undefined {
  if (!WORTH_READING.test(line)) return undefined;
  const { level, time, message, ...rest } = read(line);
  const known = LEVELS[String(level)];
  if (known === undefined || 'object' in rest || rest['check'] === 'unreadable-objects') return undefined;
  const fields = Object.entries(rest).map(([name, value]) => [name, textOf(value)] as const);
  return {
    level: known,
    time: String(time),
    message: String(message),
    fields: { ...Object.fromEntries(fields), ...instance },
  };
}

function read(line: string): Readonly<Record<string, unknown>> {
  // Our own logger wrote it a moment ago.
  const value: unknown = JSON.parse(line);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
