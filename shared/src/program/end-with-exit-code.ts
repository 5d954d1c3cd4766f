import { type ErrorCode, toCastaiError } from '../errors.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';

/** As much of `process` as ending needs. */
export interface EndingProcess {
  readonly stderr: { write(text: string): unknown };
  exitCode?: number | string | null | undefined;
}

/** What an operator has to correct; trying again changes nothing. */
const CONFIGURATION_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'CONFIG_INVALID',
  'CONFIG_FILE_UNREADABLE',
  'IDENTITY_UNKNOWN',
  'PORT_IN_USE',
]);

/** Whose end it is. */
export interface EndingOptions {
  /** Name of the program. */
  readonly name: string;
  /** What must not be written, by value. */
  readonly secrets: Pick<KnownSecrets, 'redact'>;
}

/**
 * Does the work of a main file. Whatever it throws goes to the standard error, with its hint and without a stack unless it is a
 * bug, and sets the exit code: 2 when the configuration is not usable, 1 for everything else. Never rejects.
 */
export async function endWithExitCode(
  host: EndingProcess,
  { name, secrets }: EndingOptions,
  work: () => Promise<void>,
): Promise<void> {
  const write = (text: string): unknown => host.stderr.write(secrets.redact(text));
  try {
    await work();
  } catch (error) {
    const { code, message, hint } = toCastaiError(error, 'INTERNAL');
    write(`${name}: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
    if (code === 'INTERNAL' && error instanceof Error) write(`${error.stack ?? ''}\n`);
    host.exitCode = CONFIGURATION_ERRORS.has(code) ? 2 : 1;
  }
}
