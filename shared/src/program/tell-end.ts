import type { CastaiError, ErrorCode } from '../errors.ts';
import { createLogger, type LoggerOptions } from '../log/logger.ts';

/** Where and how it is told. */
export type TellEndOptions = Omit<LoggerOptions, 'level'>;

/** What the doctor calls that which is wrong. */
const CHECKS: Partial<Record<ErrorCode, string>> = {
  CONFIG_INVALID: 'config',
  CONFIG_FILE_UNREADABLE: 'config',
  PORT_IN_USE: 'config',
  IDENTITY_UNKNOWN: 'identity',
};

/**
 * Tells in one line of log why a program ends, whatever the level of the log is: a list of problems becomes a sentence, what to do stands
 * in `hint`. A bug has its stack and its causes.
 */
export function tellEnd(options: TellEndOptions, error: CastaiError): void {
  const { code, message, hint } = error;
  // Stacks are for the level debug, and for what nobody foresaw.
  const logger = createLogger({ ...options, level: code === 'INTERNAL' ? 'debug' : 'error' });
  if (code === 'INTERNAL') {
    logger.error('the program ends because of a bug', { error });
    return;
  }
  const check = CHECKS[code];
  logger.error(inOneSentence(message), {
    ...(check === undefined ? {} : { check }),
    code,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** A list as it stands in one line. */
function inOneSentence(message: string): string {
  return message.replace(/:\n\s*- /u, ': ').replaceAll(/\n\s*(?:- )?/gu, '; ');
}
