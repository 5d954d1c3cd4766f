import { type CastaiError, type ErrorCode, toCastaiError } from '../errors.ts';

/** As much of `process` as ending needs. */
export interface EndingProcess {
  exitCode?: number | string | null | undefined;
}

/** What an operator has to correct; trying again changes nothing. */
const CONFIGURATION_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'CONFIG_INVALID',
  'CONFIG_FILE_UNREADABLE',
  'IDENTITY_UNKNOWN',
  'PORT_IN_USE',
]);

/**
 * Does the work of a main file. What it throws is told, and sets the exit code: 2 when the configuration is not usable, 1 for everything
 * else. Never rejects.
 */
export async function endWithExitCode(
  host: EndingProcess,
  tell: (error: CastaiError) => void,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const failure = toCastaiError(error, 'INTERNAL');
    tell(failure);
    host.exitCode = CONFIGURATION_ERRORS.has(failure.code) ? 2 : 1;
  }
}
