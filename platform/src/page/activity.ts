/**
 * What happened lately in one cluster: the newest events, and how many changes came per second.
 *
 * Bounded in number of events and seconds. Time is an input.
 */
import type { IngestEvent } from '../ingest/ingest-event.ts';
import { changeCount, ingestNotes, type PageNote } from './ingest-notes.ts';

/** One line of the event list. */
export interface PageEvent extends PageNote {
  /** Rises with every event. */
  readonly key: number;
  readonly atMs: number;
}

const KEPT_EVENTS = 60;
/** What the other two programs tell: rare, and lost in the stream of changes within seconds. */
const NOTICE_KINDS: ReadonlySet<string> = new Set(['interruption', 'init data']);
const KEPT_NOTICES = 5;
/** Length of the rate's history. */
const RATE_SECONDS = 60;

/** Remembers one cluster's events. */
export class Activity {
  readonly #events: PageEvent[] = [];
  readonly #notices: PageEvent[] = [];
  readonly #perSecond = new Map<number, number>();
  #lastKey = 0;

  /** Newest first. A copy: what a page was told must not change afterwards. */
  get events(): readonly PageEvent[] {
    return [...this.#events];
  }

  /** What spot handlers and AKS init data told last, newest first. A copy. */
  get notices(): readonly PageEvent[] {
    return [...this.#notices];
  }

  /** Changes (upserts and deletes) per second over the last 60 whole seconds, oldest first. */
  rates(nowMs: number): number[] {
    const current = Math.floor(nowMs / 1000);
    return Array.from({ length: RATE_SECONDS }, (_, index) => this.#perSecond.get(current - RATE_SECONDS + index) ?? 0);
  }

  /** Adds one line. */
  note(event: PageNote & { readonly atMs: number }): void {
    this.#lastKey += 1;
    const [list, kept] = NOTICE_KINDS.has(event.kind) ? [this.#notices, KEPT_NOTICES] : [this.#events, KEPT_EVENTS];
    list.unshift({ key: this.#lastKey, ...event });
    if (list.length > kept) list.pop();
  }

  /** Adds what an ingest event means. */
  ingested(event: IngestEvent, atMs: number): void {
    if (event.type === 'processed') this.#count(changeCount(event), atMs);
    if (event.type === 'delta') this.#count(event.items, atMs);
    for (const note of ingestNotes(event)) this.note({ atMs, ...note });
  }

  #count(changes: number, atMs: number): void {
    const second = Math.floor(atMs / 1000);
    this.#perSecond.set(second, (this.#perSecond.get(second) ?? 0) + changes);
    for (const old of this.#perSecond.keys()) {
      if (old >= second - RATE_SECONDS) break;
      this.#perSecond.delete(old);
    }
  }
}
