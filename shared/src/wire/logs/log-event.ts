import { CAUSE_WORDS } from '../../verdict/cause-words.ts';

/** A line of our log as the public API takes it: one a call, and nothing but texts in its fields. */
export interface LogEvent {
  readonly level: 'warning' | 'error';
  /** ISO 8601. */
  readonly time: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

const LEVELS: Readonly<Record<string, LogEvent['level']>> = { warn: 'warning', error: 'error' };
/** So begin the lines that are looked at further: the log is written far more often than that somebody has to hear of it. */
const WORTH_READING = /^\{"level":"(?:warn|error)",/u;

/** What may go with a line. Everything else can hold words of servers, and those name objects, Services and people. */
const FIELDS = [
  'program',
  'version',
  'instanceId',
  'check',
  'runbook',
  'feed',
  'action',
  'code',
  'count',
  'delayMs',
  'durationMs',
  'suppressed',
];

/**
 * The warning or error that a line of our log is, or undefined for one of another level, and for one that is about an object. Only what is
 * ours leaves: of a problem its grade and our words for its cause, of any other line its sentence, which is fixed, a few fields, and the code
 * of an error. What a server, a webhook or a proxy has said stays in the log of the pod.
 */
export function logEventOf(line: string, instance: Readonly<Record<string, string>>): LogEvent | undefined {
  if (!WORTH_READING.test(line)) return undefined;
  const { level, time, message, ...rest } = read(line);
  const known = LEVELS[String(level)];
  if (known === undefined || 'object' in rest || rest['check'] === 'unreadable-objects') return undefined;
  const fields = FIELDS.flatMap((name) => (rest[name] === undefined ? [] : [[name, textOf(rest[name])] as const]));
  const code = codeIn(rest['error']);
  return {
    level: known,
    time: String(time),
    message: ownWords(String(message), rest['check']),
    fields: { ...Object.fromEntries(fields), ...(code === undefined ? {} : { code }), ...instance },
  };
}

/** A line about a problem ends with what was said of it by others. */
function ownWords(message: string, check: unknown): string {
  const cause = Object.entries(CAUSE_WORDS).find(([name]) => name === check);
  if (cause === undefined) return message;
  const [grade = ''] = message.split(':');
  return grade === 'blocked' || grade === 'degraded' ? `${grade}: ${cause[1].began}` : cause[1].began;
}

function codeIn(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function read(line: string): Readonly<Record<string, unknown>> {
  // Our own logger wrote it a moment ago.
  const value: unknown = JSON.parse(line);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
