import type { CastaiError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';

/** Where it is said, and how often at most, in milliseconds. */
export interface TrustLog {
  readonly logger: Pick<Logger, 'info' | 'throttled'>;
  readonly everyMs: number;
}

/** Says of a CA file that it was changed into one that cannot be used, or (without an error) that it can be used again. */
export function logTrustProblem(
  { logger, everyMs }: TrustLog,
  destination: string,
  error: CastaiError | undefined,
): void {
  if (error === undefined) {
    logger.info(`the CA file for the ${destination} can be used again`);
    return;
  }
  logger
    .throttled(`trust ${destination}`, everyMs)
    .warn(`the CA file for the ${destination} has changed and cannot be used: the certificates read before are`, {
      error,
    });
}
