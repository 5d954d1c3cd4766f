/** Server-sent events for every open page: at most four a second, each with what changed since the last. */
import type { ServerResponse } from 'node:http';
import type { IngestEvent } from '../ingest/ingest-event.ts';
import { Activity } from './activity.ts';
import type { PageNote } from './ingest-notes.ts';
import { PageChannel, type ChannelSources } from './page-channel.ts';
import { pageDiff } from './page-diff.ts';
import type { PageModel } from './page-model.ts';

const TICK_MS = 250;
/** How long what was summed up is kept after the last question about it: the next one of a page that scrolls comes sooner. */
const KEPT_MS = 15_000;
/** A page that has so much unread is left out until it has read everything, bytes. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** Where the pages' data comes from. */
export interface PageSources extends ChannelSources {
  /** Told of errors that are the platform's own fault; the pages go on with the next tick. */
  readonly onError: (error: unknown) => void;
}

interface Watched {
  readonly channel: PageChannel;
  readonly pages: Set<Page>;
  model: PageModel | undefined;
  look: Promise<void> | undefined;
  /** When a part of it was asked for last, ms since the epoch of Unix. */
  askedAtMs: number;
}

interface Page {
  readonly response: ServerResponse;
  /** Missed something: gets the whole state next. */
  behind: boolean;
}

/** Feeds open pages. */
export class PageStream {
  readonly #sources: PageSources;
  readonly #activities = new Map<string, Activity>();
  readonly #watched = new Map<string, Watched>();
  /** What is under way. */
  readonly #looks = new Set<Promise<void>>();
  /** Calls the next tick off; `undefined`: nobody looks. */
  #cancelTick: (() => void) | undefined;

  constructor(sources: PageSources) {
    this.#sources = sources;
  }

  /** Adds a line to a cluster's events. */
  note(cluster: string, event: PageNote): void {
    this.#activity(cluster).note({ ...event, atMs: this.#sources.clock.now() });
  }

  /** Takes what an ingest event tells into account. */
  ingested(event: IngestEvent): void {
    const { cluster } = event;
    if (cluster !== undefined) this.#activity(cluster).ingested(event, this.#sources.clock.now());
    for (const [name, { channel }] of this.#watched)
      if (cluster === undefined || cluster === name) channel.ingested(event);
  }

  /** Serves a page that looks at a cluster (empty: only at the list of clusters) until it goes away. */
  open(cluster: string, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const watched = this.#watch(cluster);
    const page: Page = { response, behind: true };
    watched.pages.add(page);
    response.once('close', () => {
      watched.pages.delete(page);
      this.#forgetUnwatched();
    });
    void this.#show(cluster, watched);
  }

  /** The nodes and pods of a cluster that is registered, as far as they were read; whoever asks now and then finds them up to date. */
  async channel(cluster: string): Promise<PageChannel> {
    const known = this.#watched.get(cluster);
    const watched = known ?? this.#watch(cluster);
    watched.askedAtMs = this.#sources.clock.now();
    // The first reading of a small cluster is all of it: better late than empty.
    if (watched.model === undefined) await this.#show(cluster, watched);
    return watched.channel;
  }

  /** Ends every page; returns when nothing is read for one any more. */
  async close(): Promise<void> {
    this.#stop();
    for (const { pages } of this.#watched.values()) for (const { response } of pages) response.end();
    await Promise.all(this.#looks);
  }

  #watch(cluster: string): Watched {
    const watched = this.#watched.get(cluster) ?? {
      channel: new PageChannel(cluster, this.#sources),
      pages: new Set<Page>(),
      model: undefined,
      look: undefined,
      askedAtMs: -Infinity,
    };
    this.#watched.set(cluster, watched);
    this.#cancelTick ??= this.#nextTick();
    return watched;
  }

  /** Nobody looks any more: what was summed up for them goes. */
  #forgetUnwatched(): void {
    const now = this.#sources.clock.now();
    for (const [cluster, { pages, askedAtMs }] of this.#watched)
      if (pages.size === 0 && now - askedAtMs > KEPT_MS) this.#watched.delete(cluster);
    if (this.#watched.size === 0) this.#stop();
  }

  #stop(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }

  #tick(): void {
    this.#cancelTick = this.#nextTick();
    this.#forgetUnwatched();
    for (const [cluster, watched] of this.#watched) void this.#show(cluster, watched);
  }

  #nextTick(): () => void {
    return this.#sources.clock.setTimer(TICK_MS, () => this.#tick());
  }

  /** Unless a look is under way already, which is for whoever came meanwhile too. Never rejects. */
  #show(cluster: string, watched: Watched): Promise<void> {
    if (watched.look) return watched.look;
    const look = this.#look(cluster, watched)
      .catch(this.#sources.onError)
      .finally(() => {
        watched.look = undefined;
        this.#looks.delete(look);
      });
    watched.look = look;
    this.#looks.add(look);
    return look;
  }

  async #look(cluster: string, watched: Watched): Promise<void> {
    const model = await watched.channel.step(this.#activities.get(cluster) ?? new Activity());
    const patch = pageDiff(watched.model, model);
    watched.model = model;
    for (const page of watched.pages) {
      if (page.response.writableEnded) continue;
      if (page.response.writableLength > MAX_UNREAD_BYTES) page.behind = true;
      if (page.response.writableNeedDrain && page.behind) continue;
      const change = page.behind ? pageDiff(undefined, model) : patch;
      if (!change) continue;
      page.response.write(
        `data: ${JSON.stringify({ nowMs: this.#sources.clock.now(), full: page.behind, change })}\n\n`,
      );
      page.behind = false;
    }
  }

  #activity(cluster: string): Activity {
    const known = this.#activities.get(cluster) ?? new Activity();
    this.#activities.set(cluster, known);
    return known;
  }
}
