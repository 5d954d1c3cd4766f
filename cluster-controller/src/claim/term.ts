import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { Poller } from '../poll/poller.ts';
import type { ActionDesk } from './action-desk.ts';
import type { LeaderEpoch } from './action-record.ts';

/** What a term is made of. */
export interface TermOptions extends Timing<'now' | 'monotonicMs' | 'sleep'> {
  readonly leadership: Pick<Leadership, 'evidence' | 'giveBack'>;
  readonly desk: Pick<ActionDesk, 'run' | 'take'>;
  readonly poller: Pick<Poller, 'run'>;
  /** The records could not be taken over; it is tried again. */
  readonly onTakeOverFailed: (error: unknown) => void;
  readonly onBroken: (error: unknown) => void;
}

const BACKOFF = { initialMs: 1000, maxMs: 30_000, factor: 2, resetAfterMs: 60_000 } as const;

/**
 * Works while this process has the right to: polls, and has the desk do what is asked. Settles when the term or the process ends, with
 * nothing under way any more: what was begun is in the records. Ways back: the records could not be taken over (a pause that grows to 30 s).
 *
 * Without an election the one that took over later has the right, and a clock says which. The clock of the machine before may have been
 * ahead of ours: then it is tried again until ours is past it, and told meanwhile.
 */
export async function workTerm(options: TermOptions, term: AbortSignal, draining: AbortSignal): Promise<void> {
  const { leadership, desk, poller, onTakeOverFailed, onBroken, clock } = options;
  const backoff = new Backoff(BACKOFF, options);
  const end = new AbortController();
  const stop = (): void => end.abort(new Error('the term is over'));
  for (const signal of [term, draining]) {
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  }
  try {
    for (;;) {
      const polling = new AbortController();
      const endPolling = (): void => polling.abort(end.signal.reason);
      let isOpen = false;
      end.signal.addEventListener('abort', endPolling, { once: true });
      try {
        await desk.run(epochOf(options), end.signal, () => {
          isOpen = true;
          poller
            .run(polling.signal, (asked) => desk.take(asked))
            .catch((error: unknown) => {
              if (!polling.signal.aborted) onBroken(error);
            });
        });
        if (!isOpen && leadership.evidence === undefined) {
          throw new CastaiError(
            'KUBE_CONFLICT',
            'another process without an election has taken the records over, later by its clock',
            {
              hint: 'run one without LEADER_ELECTION; if there is one only, it begins when its clock is past that of the one before',
            },
          );
        }
        // Another one writes. Of two without an election the one that took over earlier has nothing more to do.
        polling.abort(new Error('another leader writes'));
        leadership.giveBack();
        await untilAborted(end.signal);
      } catch (error) {
        if (end.signal.aborted) return;
        onTakeOverFailed(error);
      } finally {
        end.signal.removeEventListener('abort', endPolling);
        polling.abort(new Error('the term is over'));
      }
      await clock.sleep(backoff.next(), end.signal);
    }
  } catch (error) {
    if (!end.signal.aborted) throw error;
  } finally {
    for (const signal of [term, draining]) signal.removeEventListener('abort', stop);
  }
}

function epochOf({ leadership: { evidence }, clock }: TermOptions): LeaderEpoch {
  if (evidence === undefined) return { lease: 'none', transitions: Math.floor(clock.now()) };
  return { lease: evidence.uid, transitions: evidence.transitions };
}
