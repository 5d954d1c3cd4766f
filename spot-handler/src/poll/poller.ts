import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { ageOf, blindness, type Knowledge, seeAgain, seeNothing, startKnowledge } from './knowledge-state.ts';
import type { MetadataService, NoticeSource, PolledSource } from './notice-source.ts';
import type { Sighting, SourceName } from './notice.ts';

/** What a poller needs. */
export interface PollerOptions extends Timing {
  readonly service: Pick<MetadataService, 'polled'>;
  /** Told of every look in the turn in which its answer was read. */
  readonly onSighting: (source: SourceName, sighting: Sighting) => void;
}

/** A line of `/statusz`. */
export interface SourceStatus {
  readonly source: SourceName;
  /** Age of the last good look, in seconds. */
  readonly ageSeconds: number;
  readonly looksInVain: number;
  readonly trouble: string;
}

/** Once it said "too many requests", a service is left alone for longer and longer. */
const THROTTLED = { initialMs: 500, maxMs: 1000, factor: 2, resetAfterMs: 10_000 } as const;
/**
 * But never for longer than this, whatever it asks for in `Retry-After`: a notice may have 30 s, and a look every other second is within
 * the budget of every service.
 */
const THROTTLED_GAP_MS = 2000;
/** First pause after a look in vain; doubles up to the period. Where a service can be asked at once again, and elsewhere. */
const EAGER_RETRY_MS = 100;
const RETRY_MS = 1000;

interface Watched {
  readonly source: NoticeSource;
  /** How long a good look may be ago when all is well, in milliseconds. */
  readonly allowedMs: number;
  knowledge: Knowledge;
}

/**
 * Asks all sources of a metadata service, each at its own pace and for ever, and knows how much is known.
 *
 * The only way back is the next look: time has changed, and the period paces it, or after a look in vain a pause that grows up to that.
 */
export class Poller {
  readonly #options: PollerOptions;
  readonly #watched = new Map<SourceName, Watched>();

  constructor(options: PollerOptions) {
    this.#options = options;
    const nowMs = options.clock.monotonicMs();
    for (const { source, periodMs } of options.service.polled) {
      this.#watched.set(source.name, {
        source,
        allowedMs: source.lookMs + (periodMs > 1000 ? periodMs : 0),
        knowledge: startKnowledge(nowMs),
      });
    }
  }

  /** Runs until the signal; settles before only because of a bug. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#options.service.polled.map((polled) => this.#watch(polled, signal)));
  }

  /** Why this machine would not hear of a notice, or undefined when it would. */
  get blindness(): string | undefined {
    const nowMs = this.#options.clock.monotonicMs();
    const reasons = [...this.#watched].flatMap(([name, { knowledge, allowedMs }]) => {
      const reason = blindness(knowledge, allowedMs, nowMs);
      return reason === undefined ? [] : [`${name}: ${reason}`];
    });
    return reasons.length === 0 ? undefined : reasons.join('; ');
  }

  /** Age of the last good look at the source that is worst off, in milliseconds. */
  get ageMs(): number {
    const nowMs = this.#options.clock.monotonicMs();
    // What a source takes when all is well is not age.
    const ages = [...this.#watched.values()].map(({ knowledge, allowedMs }) => ageOf(knowledge, nowMs) - allowedMs);
    return Math.max(0, ...ages);
  }

  /** How each source is doing. */
  get status(): SourceStatus[] {
    const nowMs = this.#options.clock.monotonicMs();
    return [...this.#watched].map(([source, { knowledge }]) => ({
      source,
      ageSeconds: Math.round(ageOf(knowledge, nowMs) / 100) / 10,
      looksInVain: knowledge.trouble?.count ?? 0,
      trouble:
        knowledge.trouble === undefined
          ? ''
          : [knowledge.trouble.detail, knowledge.trouble.hint].filter((text) => text !== undefined).join('; '),
    }));
  }

  async #watch(polled: PolledSource, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const { source, periodMs, delayMs } = polled;
    const throttled = new Backoff(THROTTLED, { clock, random });
    if (delayMs > 0) await clock.sleep(delayMs, signal);
    for (;;) {
      const startedAtMs = clock.monotonicMs();
      const sighting = await source.look(signal);
      this.#take(source.name, sighting);
      const tookMs = clock.monotonicMs() - startedAtMs;
      let pauseMs = this.#period(polled, sighting) - tookMs;
      if (sighting.isKnown) throttled.succeeded();
      else if (sighting.reason === 'throttled') {
        pauseMs = Math.max(pauseMs, Math.min(periodMs + throttled.next(), THROTTLED_GAP_MS));
      }
      await clock.sleep(Math.max(0, pauseMs), signal);
    }
  }

  #take(name: SourceName, sighting: Sighting): void {
    const watched = this.#watched.get(name);
    if (watched === undefined) return;
    const nowMs = this.#options.clock.monotonicMs();
    watched.knowledge = sighting.isKnown
      ? seeAgain(watched.knowledge, nowMs)
      : seeNothing(watched.knowledge, sighting, nowMs);
    this.#options.onSighting(name, sighting);
  }

  /** From the begin of this look to the begin of the next. What was in vain, and is not due again for long, is made up for soon. */
  #period({ source, periodMs, isEager = false }: PolledSource, sighting: Sighting): number {
    if (sighting.isKnown) return isEager ? 0 : periodMs;
    const { count = 1 } = this.#watched.get(source.name)?.knowledge.trouble ?? {};
    return Math.min(periodMs, (isEager ? EAGER_RETRY_MS : RETRY_MS) * 2 ** (count - 1));
  }
}
