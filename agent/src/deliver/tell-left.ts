import type { Logger } from '@castai/shared/log/logger.ts';
import type { Outbox } from '../batch/outbox.ts';

/** Tells whoever ends the process how much of it was not delivered: no resume point claims that, so the next process reads it again. */
export function tellLeft(
  { pendingCount: count, pendingBytes: bytes }: Pick<Outbox, 'pendingCount' | 'pendingBytes'>,
  logger: Pick<Logger, 'info'>,
): void {
  if (count === 0) return;
  logger.info('ends with changes that were not delivered: the next process reads them again', { count, bytes });
}
