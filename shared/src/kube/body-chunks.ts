import type { Readable } from 'node:stream';
import type { Clock } from '../async/clock.ts';
import { classifyTransport } from './classify-kube.ts';
import { KubeError } from './kube-error.ts';

/** How long a body may be silent. */
export interface BodyChunksOptions {
  /** Milliseconds without a single byte after which the connection counts as dead. */
  readonly idleMs: number;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/**
 * The chunks of a response's body, guarded by a watchdog. Nothing else finds a peer that is frozen: its kernel still
 * acknowledges, so neither TCP keep-alive nor a write would ever fail (tried with SIGSTOP).
 *
 * Time that the consumer takes does not count, because nothing is read then. Leaving the loop early destroys the
 * connection. Throws `KUBE_WATCHDOG`, `KUBE_UNREACHABLE` when the connection breaks, and the signal's reason.
 */
export async function* bodyChunks(
  body: Readable,
  options: BodyChunksOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const { idleMs, clock } = options;
  // Destroying a body that nobody waits for emits an error without a listener, which would end the process.
  body.on('error', () => undefined);
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const cancel = clock.setTimer(idleMs, () => body.destroy(silentBody(idleMs)));
      let next: IteratorResult<Buffer>;
      try {
        next = await chunks.next();
      } finally {
        cancel();
      }
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : classifyTransport(error);
  } finally {
    body.destroy();
  }
}

/** What is wrong with a body that was silent for so many milliseconds. */
export function silentBody(idleMs: number): KubeError {
  return new KubeError('KUBE_WATCHDOG', `the API server sent not one byte for ${Math.round(idleMs / 1000)} s`, {
    hint: 'it happens when a load balancer or firewall drops idle connections; counts if it goes on',
  });
}
