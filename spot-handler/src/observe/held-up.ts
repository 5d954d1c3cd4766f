import type { Clock } from '@castai/shared/async/clock.ts';
import type { HeldPod } from '@castai/shared/drain/drain-signals.ts';

/** So often the same is said again. */
const AGAIN_MS = 60_000;
/** As many pods as are named in one line; `/statusz` names them all. */
const MOST_NAMED = 4;
/** Of what is said about each: the whole has to fit into a Kubernetes Event. */
const MOST_CHARACTERS = 180;

/**
 * Decides when it is said what holds up a drain: a refusal at once, pods that only take their time after a minute of it, and both again
 * every minute while it lasts. A round is a second, and a drain may be held up for a quarter of an hour.
 */
export class HeldUp {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #nextAtMs: number | undefined;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** A drain begins: whatever was said was about another. */
  begin(): void {
    this.#nextAtMs = undefined;
  }

  /** Takes what holds a round up, and gives what is to be said about it, if anything. */
  take(held: readonly HeldPod[]): string | undefined {
    const nowMs = this.#clock.monotonicMs();
    const isRefused = held.some(({ reason }) => reason !== 'ending' && reason !== 'unasked');
    this.#nextAtMs ??= isRefused ? nowMs : nowMs + AGAIN_MS;
    if (held.length === 0 || nowMs < this.#nextAtMs) return undefined;
    this.#nextAtMs = nowMs + AGAIN_MS;
    return wordsOf(held);
  }
}

function wordsOf(held: readonly HeldPod[]): string {
  // First those of which somebody has to do something about.
  const sorted = held.toSorted((a, b) => Number(a.reason === 'ending') - Number(b.reason === 'ending'));
  const names = sorted.slice(0, MOST_NAMED).map(({ namespace, name, reason, detail }) => {
    return `${namespace}/${name} (${detail === '' ? reason : `${reason}: ${detail.slice(0, MOST_CHARACTERS)}`})`;
  });
  const more = held.length > MOST_NAMED ? ` and ${held.length - MOST_NAMED} more` : '';
  return `the drain is held up by ${names.join(', ')}${more}`;
}
