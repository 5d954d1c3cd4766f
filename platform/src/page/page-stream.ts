/** Server-sent events for every open page: at most four a second, each with what changed since the last. */
import type { ServerResponse } from 'node:http';
import type { IngestEvent } from '../ingest/ingest.ts';
import { Activity } from './activity.ts';
import type { PageNote } from './ingest-notes.ts';
import { PageChannel, type ChannelSources } from './page-channel.ts';
import { pageDiff } from './page-diff.ts';
import type { PageModel } from './page-model.ts';

const TICK_MS = 250;
/** A page that has so much unread is left out until it has read everything, bytes. */
const MAX_UNREAD_BYTES = 1024 * 1024;

interface Watched {
  readonly channel: PageChannel;
  readonly pages: Set<Page>;
  model: PageModel | undefined;
}

interface Page {
  readonly response: ServerResponse;
  /** Missed something: gets the whole state next. */
  behind: boolean;
}

/** Feeds open pages. */
export class PageStream {
  readonly #sources: ChannelSources;
  readonly #activities = new Map<string, Activity>();
  readonly #watched = new Map<string, Watched>();
  /** Calls the next tick off; `undefined`: nobody looks. */
  #cancelTick: (() => void) | undefined;

  constructor(sources: ChannelSources) {
    this.#sources = sources;
    sources.ingest.observe((event) => this.#ingested(event));
  }

  /** Adds a line to a cluster's events. */
  note(cluster: string, event: PageNote): void {
    this.#activity(cluster).note({ ...event, atMs: this.#sources.clock.now() });
  }

  /** Serves a page that looks at a cluster (empty: the first one there is) until it goes away. */
  open(cluster: string, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const watched = this.#watched.get(cluster) ?? {
      channel: new PageChannel(cluster, this.#sources),
      pages: new Set<Page>(),
      model: undefined,
    };
    this.#watched.set(cluster, watched);
    const page: Page = { response, behind: true };
    watched.pages.add(page);
    response.once('close', () => {
      watched.pages.delete(page);
      if (watched.pages.size > 0) return;
      // Nobody looks any more: what was summed up for them goes.
      this.#watched.delete(cluster);
      if (this.#watched.size === 0) this.#stop();
    });
    this.#cancelTick ??= this.#nextTick();
    this.#show(cluster, watched);
  }

  /** Ends every page. */
  close(): void {
    this.#stop();
    for (const { pages } of this.#watched.values()) for (const { response } of pages) response.end();
  }

  #stop(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }

  #tick(): void {
    this.#cancelTick = this.#nextTick();
    for (const [cluster, watched] of this.#watched) this.#show(cluster, watched);
  }

  #nextTick(): () => void {
    return this.#sources.clock.setTimer(TICK_MS, () => this.#tick());
  }

  #show(cluster: string, watched: Watched): void {
    const model = watched.channel.step(this.#activities.get(cluster) ?? new Activity());
    const patch = pageDiff(watched.model, model);
    watched.model = model;
    for (const page of watched.pages) {
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

  #ingested(event: IngestEvent): void {
    const { cluster } = event;
    if (cluster !== undefined) this.#activity(cluster).ingested(event, this.#sources.clock.now());
    for (const [name, { channel }] of this.#watched)
      if (cluster === undefined || cluster === name) channel.ingested(event);
  }

  #activity(cluster: string): Activity {
    const known = this.#activities.get(cluster) ?? new Activity();
    this.#activities.set(cluster, known);
    return known;
  }
}
