import type { Clock } from '../async/clock.ts';
import { CastaiError, type ErrorCode, toCastaiError } from '../errors.ts';
import { Lifecycle } from './lifecycle.ts';
import { createLogger, type Logger, type LoggerOptions, type LogLevel } from '../log/logger.ts';

/** As much of `process` as a program needs; main files hand it in, and nothing else touches it. */
export interface HostProcess {
  readonly stderr: { write(text: string): unknown };
  exitCode?: number | string | null | undefined;
  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  on(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown;
}

/** A program that is about to run. */
export interface ProgramStart {
  /** Stands in every line of the log. */
  readonly name: string;
  /** The options that every program has. */
  readonly config: { readonly logLevel: LogLevel; readonly drainMs: number };
  /** About the environment that the config was read from. */
  readonly warnings: readonly string[];
  readonly clock: Clock;
  /** Where the log goes; the standard output unless told. */
  readonly destination?: LoggerOptions['destination'];
}

/** What a program runs with. */
export interface ProgramParts {
  readonly logger: Logger;
  /** Drains on the first SIGTERM or SIGINT, aborts on the second. */
  readonly lifecycle: Lifecycle;
}

/** What an operator has to correct; trying again changes nothing. */
const CONFIGURATION_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'CONFIG_INVALID',
  'CONFIG_FILE_UNREADABLE',
  'IDENTITY_UNKNOWN',
  'PORT_IN_USE',
]);

/**
 * Does the work of a main file. Whatever it throws goes to the standard error, with its hint and without a stack unless it is a
 * bug, and sets the exit code: 2 when the configuration is not usable, 1 for everything else. Never rejects.
 */
export async function endWithExitCode(host: HostProcess, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code, message, hint } = toCastaiError(error, 'INTERNAL');
    host.stderr.write(`${name}: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
    if (code === 'INTERNAL' && error instanceof Error) host.stderr.write(`${error.stack ?? ''}\n`);
    host.exitCode = CONFIGURATION_ERRORS.has(code) ? 2 : 1;
  }
}

/**
 * Runs a program between its first and its last line of log: with a logger, and with a lifecycle that the signals of the process
 * reach. A rejection that nobody handles drains it and makes the exit code 1. Throws what the program throws.
 */
export async function runProgram(
  host: HostProcess,
  { name, config, warnings, clock, destination }: ProgramStart,
  run: (parts: ProgramParts) => Promise<void>,
): Promise<void> {
  const logger = createLogger({
    level: config.logLevel,
    name,
    clock,
    ...(destination === undefined ? {} : { destination }),
  });
  for (const warning of warnings) logger.warn(warning);

  const lifecycle = new Lifecycle({ clock, drainMs: config.drainMs });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    host.on(signal, () => {
      logger.info('stopping', { signal });
      lifecycle.requestDrain(signal);
    });
  }
  // Node would end the process at once: what is in hand would be lost, and the log would not say why.
  host.on('unhandledRejection', (reason) => {
    logger.error('a bug: a rejection that nobody handles', { error: reason });
    host.exitCode = 1;
    lifecycle.requestDrain('a bug');
  });

  await run({ logger, lifecycle });
  const { reason } = lifecycle.draining;
  logger.info('stopped', { reason: reason instanceof CastaiError ? reason.message : '' });
}
