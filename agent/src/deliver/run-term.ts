import type { StopSignals } from '@castai/shared/program/lifecycle.ts';
import type { Supervisor } from '../feeds/supervisor.ts';
import type { Delivery } from './delivery.ts';
import { Tenure, type TenureOptions } from './tenure.ts';

/** What takes part in a term. */
export interface Term extends StopSignals, Omit<TenureOptions, 'delivery' | 'supervisor'> {
  readonly delivery: Pick<Delivery, 'run' | 'drained' | 'status'>;
  readonly supervisor: Pick<Supervisor, 'abandon' | 'isReading' | 'heardAtMs'>;
  /** Aborts when another replica may send. */
  readonly term: AbortSignal;
}

/**
 * Sends until the right to is lost, or given back because nothing comes of it, or until the process drains and what waits has gone out. Afterwards no feed runs.
 *
 * A lost term drops what waits, and that is no loss: no resume point claims it, so the next leader reads it again. Holding it back
 * until the lease comes back would save one open and the new watches, at the price of a buffer from which nobody may send.
 */
export async function runTerm(parts: Term): Promise<void> {
  const { delivery, supervisor, term, draining, aborted } = parts;
  const stop = new AbortController();
  const lose = (): void => stop.abort(term.reason);
  const drain = (): void => {
    tenure.stop();
    // Watches first, so that nothing new comes; then what waits goes out as far as the grace period allows.
    supervisor.abandon();
    void delivery.drained(aborted).then(() => stop.abort(draining.reason));
  };
  if (term.aborted || draining.aborted) return;
  const { promise: bug, reject } = Promise.withResolvers<never>();
  const tenure = new Tenure(parts, reject);
  term.addEventListener('abort', lose, { once: true });
  draining.addEventListener('abort', drain, { once: true });
  try {
    await Promise.race([delivery.run(stop.signal), bug]);
  } finally {
    tenure.stop();
    term.removeEventListener('abort', lose);
    draining.removeEventListener('abort', drain);
    supervisor.abandon();
  }
}
