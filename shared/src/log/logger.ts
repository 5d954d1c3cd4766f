import { type Logger as Pino, pino } from 'pino';
import type { Clock } from '../async/clock.ts';
import { type ErrorFieldsOptions, errorFields } from './error-fields.ts';
import type { KnownSecrets } from './known-secrets.ts';
import type { LogLook } from './log-format.ts';
import { createLogOutput, type LineSink, teeLines } from './log-output.ts';
import { isSecretKey, redactText } from './redact.ts';

/** From all to nothing. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What may stand beside a message. The keys are fixed, so that a search for one finds it in every program; add one here with its unit. */
export interface LogFields {
  /** Part of the program: `watcher`, `session`, `admin`. */
  readonly component?: string;
  /** Feed, by the key that its metrics have. */
  readonly feed?: string;
  /** Uid of a Kubernetes object. Names and namespaces are not logged: they may tell what a customer runs. */
  readonly uid?: string;
  /** Kind, namespace and name, only of an object that cannot be read: its uid may not be readable either, and nobody would find it. */
  readonly object?: string;
  readonly clusterId?: string;
  readonly organizationId?: string;
  readonly instanceId?: string;
  readonly provider?: string;
  /** Id of an interruption notice. */
  readonly notice?: string;
  /** Kind of an interruption notice: `preempt`, `reboot`. */
  readonly kind?: string;
  /** Id of something that the platform has asked for. */
  readonly action?: string;
  /** Part of a metadata service that is asked: `instance-action`. */
  readonly source?: string;
  /** Error code, when there is no error to log. */
  readonly code?: string;
  /** Why: a word out of a closed set. */
  readonly reason?: string;
  /** HTTP status. */
  readonly status?: number;
  readonly attempt?: number;
  readonly delayMs?: number;
  readonly durationMs?: number;
  readonly bytes?: number;
  readonly count?: number;
  readonly epoch?: number;
  /** Who holds a lease: pod and instance. */
  readonly holder?: string;
  /** How often a lease has changed hands. */
  readonly transitions?: number;
  readonly path?: string;
  readonly host?: string;
  readonly port?: number;
  readonly signal?: string;
  readonly version?: string;
  /** Name of the node that this process runs on; in every line of a program that runs on each. */
  readonly node?: string;
  /** What the doctor calls the thing that is wrong: `platform`, `feed/pods`. In each line that needs a person. */
  readonly check?: string;
  /** Name of the alert whose runbook says what to do. */
  readonly runbook?: string;
  /** What to do, when there is no error that says it. */
  readonly hint?: string;
  /** Lines like this one that a throttled logger kept back. */
  readonly suppressed?: number;
  /** Anything thrown; logged with code, message, hint and causes. */
  readonly error?: unknown;
}

/** Writes one line per call. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
  /**
   * A logger that writes at most one line of each level per `everyMs` for this key, and tells with the next one how many it
   * kept back. The key counts in the whole program: put what tells two sources apart into it.
   */
  throttled(key: string, everyMs: number): Logger;
}

/** How to log. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** Name of the program, in every line as `program`. */
  readonly name: string;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** What must stand in no line, by value. */
  readonly secrets?: Pick<KnownSecrets, 'redact'>;
  /** What stands in every line besides. */
  readonly base?: LogFields;
  /** How lines are written; JSON unless told. */
  readonly look?: LogLook;
  /** Takes every line as JSON besides, whatever the look. */
  readonly keep?: LineSink;
  /** Where lines go, each with its newline; default the standard output. */
  readonly destination?: LineSink;
}

const JSON_LINES: LogLook = { format: 'json', hasColour: false };

/** Keys are code, not data, so there are few; the limit only guards against a mistake. */
const MOST_THROTTLE_KEYS = 1_000;

/** The logger of a program: lines with `level`, `time` (ISO 8601), `program`, `message` and the fields. */
export function createLogger(options: LoggerOptions): Logger {
  const { level, name, clock, secrets, base = {}, look = JSON_LINES, keep, destination = standardOutput() } = options;
  const settings = {
    level,
    base: { program: name, ...base },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const output = createLogOutput(look, destination);
  const target = pino(settings, keep === undefined ? output : teeLines(output, keep));
  // By value first: what is cut or masked by its form is not found any more.
  const redact = (text: string): string => redactText(secrets?.redact(text) ?? text);
  return new PinoLogger({ target, clock, redact, throttles: new Map() }, {});
}

/** What waits for a standard output that takes nothing, in bytes; what is more is dropped. */
const MOST_UNWRITTEN = 1024 * 1024;

/** A disk that is full, or whatever else keeps lines from being written, is no reason to end, nor to fail in the middle of something. */
function standardOutput(): LineSink {
  return pino.destination({ dest: 1, sync: true, maxLength: MOST_UNWRITTEN }).on('error', () => undefined);
}

interface Throttle {
  readonly sinceMs: number;
  readonly suppressed: number;
}

/** What all loggers of a program share. */
interface Shared {
  readonly target: Pino;
  readonly clock: LoggerOptions['clock'];
  readonly redact: (text: string) => string;
  readonly throttles: Map<string, Throttle>;
}

type Level = Exclude<LogLevel, 'silent'>;

class PinoLogger implements Logger {
  readonly #shared: Shared;
  readonly #fields: LogFields;
  readonly #throttle: { readonly key: string; readonly everyMs: number } | undefined;

  constructor(shared: Shared, fields: LogFields, throttle?: { key: string; everyMs: number }) {
    this.#shared = shared;
    this.#fields = fields;
    this.#throttle = throttle;
  }

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.#shared, { ...this.#fields, ...fields }, this.#throttle);
  }

  throttled(key: string, everyMs: number): Logger {
    return new PinoLogger(this.#shared, this.#fields, { key, everyMs });
  }

  #write(level: Level, message: string, fields: LogFields = {}): void {
    const { target, redact } = this.#shared;
    // Before the throttle: a line that is not written must not use up its turn.
    if (!target.isLevelEnabled(level)) return;
    const suppressed = this.#suppressedBefore(level);
    if (suppressed === undefined) return;
    const all = { ...this.#fields, ...fields, ...(suppressed === 0 ? {} : { suppressed }) };
    target[level](loggable(all, { withStack: target.isLevelEnabled('debug'), redact }), redact(message));
  }

  /** How many lines were kept back before this one; undefined when this one is kept back too. */
  #suppressedBefore(level: Level): number | undefined {
    if (this.#throttle === undefined) return 0;
    const { clock, throttles } = this.#shared;
    const key = `${level} ${this.#throttle.key}`;
    const nowMs = clock.monotonicMs();
    const last = throttles.get(key);
    if (last !== undefined && nowMs - last.sinceMs < this.#throttle.everyMs) {
      throttles.set(key, { sinceMs: last.sinceMs, suppressed: last.suppressed + 1 });
      return undefined;
    }
    if (throttles.size >= MOST_THROTTLE_KEYS) throttles.clear();
    throttles.set(key, { sinceMs: nowMs, suppressed: 0 });
    return last?.suppressed ?? 0;
  }
}

function loggable(fields: LogFields, options: ErrorFieldsOptions): Record<string, unknown> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]: [string, unknown]) => {
      if (key === 'error') return [key, errorFields(value, options)];
      if (isSecretKey(key)) return [key, '[secret]'];
      return [key, typeof value === 'string' ? options.redact(value) : value];
    }),
  );
}
