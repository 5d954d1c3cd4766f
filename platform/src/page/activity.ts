/**
 * What happened lately in one cluster: the newest events in words, and how many changes came per second.
 *
 * Bounded in number of events and seconds. Time is an input.
 */
import type { IngestEvent } from '../ingest/ingest.ts';
import type { FeedRow } from '../store/feed-row.ts';

/** How an event is meant: `bad` wants attention. */
type EventTone = 'plain' | 'good' | 'warn' | 'bad' | 'fault';

/** One line of the event list. */
export interface PageEvent {
  /** Rises with every event. */
  readonly key: number;
  readonly atMs: number;
  readonly tone: EventTone;
  readonly kind: string;
  readonly text: string;
}

const KEPT_EVENTS = 60;
/** What the other two programs tell: rare, and lost in the stream of changes within seconds. */
const NOTICE_KINDS: ReadonlySet<string> = new Set(['interruption', 'init data']);
const KEPT_NOTICES = 5;
/** More changes of a feed than this in one batch are told as a number. */
const NAMED_CHANGES = 3;
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
  note(event: Omit<PageEvent, 'key'>): void {
    this.#lastKey += 1;
    const [list, kept] = NOTICE_KINDS.has(event.kind) ? [this.#notices, KEPT_NOTICES] : [this.#events, KEPT_EVENTS];
    list.unshift({ key: this.#lastKey, ...event });
    if (list.length > kept) list.pop();
  }

  /** Adds what an ingest event means. */
  ingested(event: IngestEvent, atMs: number): void {
    switch (event.type) {
      case 'opened':
        this.#opened(event, atMs);
        break;
      case 'duplicate':
        this.note({ atMs, tone: 'plain', kind: 'batch', text: `batch ${event.seq} came again and changed nothing` });
        break;
      case 'processed':
        this.#processed(event, atMs);
        break;
      case 'received':
      case 'restored':
        break;
    }
  }

  #opened({ epoch, request, resumed }: Extract<IngestEvent, { type: 'opened' }>, atMs: number): void {
    const snapshots = request.feeds.length - resumed;
    const text = `session ${epoch} opened by ${request.instanceId}: ${resumed} feeds resume, ${snapshots} start with a snapshot`;
    this.note({ atMs, tone: 'good', kind: 'session', text });
  }

  #processed({ batch, plan, feeds }: Extract<IngestEvent, { type: 'processed' }>, atMs: number): void {
    const changes = new Map<number, { upserts: string[]; deletes: string[] }>();
    for (const entry of batch.entries) {
      if (entry.type !== 'upsert' && entry.type !== 'delete') continue;
      const known = changes.get(entry.feedId) ?? { upserts: [], deletes: [] };
      changes.set(entry.feedId, known);
      const name = entry.namespace === '' ? entry.name : `${entry.namespace}/${entry.name}`;
      (entry.type === 'upsert' ? known.upserts : known.deletes).push(name);
    }
    let total = 0;
    for (const [feedId, { upserts, deletes }] of changes) {
      total += upserts.length + deletes.length;
      const text = [told('upserted', upserts), told('deleted', deletes)].filter((part) => part !== '').join(', ');
      this.note({ atMs, tone: 'plain', kind: feedName(feeds.get(feedId)), text });
    }
    this.#count(total, atMs);
    for (const { feedId, type, detail } of plan.milestones) {
      const words = MILESTONES[type];
      const text = detail === '' ? words.text : `${words.text}: ${detail}`;
      this.note({ atMs, tone: words.tone, kind: feedName(feeds.get(feedId)), text });
    }
    for (const [code, refused] of Map.groupBy(plan.rejections, (rejection) => rejection.code)) {
      const entry = batch.entries[refused[0]?.entryIndex ?? 0];
      const name = entry && 'name' in entry ? entry.name : `entry ${refused[0]?.entryIndex}`;
      const others = refused.length > 1 ? ` and ${refused.length - 1} more` : '';
      const text = `rejected ${name}${others}: ${code}`;
      this.note({ atMs, tone: 'bad', kind: entry ? feedName(feeds.get(entry.feedId)) : 'batch', text });
    }
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

const MILESTONES = {
  snapshotBegin: { tone: 'plain', text: 'snapshot began' },
  snapshotEnd: { tone: 'good', text: 'snapshot ended' },
  snapshotAbort: { tone: 'bad', text: 'snapshot aborted' },
  countMismatch: { tone: 'bad', text: 'snapshot not taken' },
  feedState: { tone: 'plain', text: 'state' },
} as const satisfies Record<string, { tone: EventTone; text: string }>;

function told(verb: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  return names.length > NAMED_CHANGES ? `${verb} ${names.length} objects` : `${verb} ${names.join(', ')}`;
}

function feedName(feed: Pick<FeedRow, 'resource'> | undefined): string {
  return feed?.resource ?? 'unknown feed';
}
