import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WatchDecoder } from '@castai/shared/kube/json/watch-decoder.ts';
import { listPath } from '@castai/agent/feeds/feeds.ts';
import { Agent, request } from 'undici';
import type { ApiClient } from '../../cluster/api-client.ts';
import { DEFAULT_FEEDS } from '../../judges/compare-pictures.ts';

/** A change as an independent watch saw it. */
export interface SeenChange {
  readonly uid: string;
  readonly position: bigint;
  /** Wall clock, in milliseconds. */
  readonly atMs: number;
}

/** Where to watch and as whom. */
export interface ObservedServer {
  readonly url: string;
  readonly token: string;
  readonly serviceAccountDir: string;
}

/** Watches every feed of a server by itself, to tell when each change became visible there. */
export class WatchObserver {
  readonly seen: SeenChange[] = [];
  readonly #stop = new AbortController();

  /** Starts a watch per feed that the server serves, from now on. */
  static async start(client: ApiClient, server: ObservedServer): Promise<WatchObserver> {
    const observer = new WatchObserver();
    const ca = await readFile(join(server.serviceAccountDir, 'ca.crt'), 'utf8');
    const dispatcher = new Agent({ allowH2: false, connect: { ca } });
    for (const feed of DEFAULT_FEEDS.filter(({ mode }) => mode === 'watch')) {
      const path = listPath(feed, feed.versions[0]);
      const list = await client.request('GET', `${path}?limit=1`).catch(() => undefined);
      const from = list?.metadata?.resourceVersion;
      if (from === undefined) continue;
      const query = new URLSearchParams({ watch: '1', resourceVersion: from });
      if (feed.fieldSelector !== '') query.set('fieldSelector', feed.fieldSelector);
      const { body } = await request(new URL(`${path}?${query.toString()}`, server.url), {
        dispatcher,
        headers: { authorization: `Bearer ${server.token}` },
        bodyTimeout: 0,
        signal: observer.#stop.signal,
      });
      void observer.#follow(body);
    }
    return observer;
  }

  /** Ends all watches. */
  stop(): void {
    this.#stop.abort();
  }

  async #follow(body: AsyncIterable<Buffer>): Promise<void> {
    const decoder = new WatchDecoder();
    try {
      for await (const chunk of body) {
        const atMs = Date.now();
        for (const event of decoder.push(chunk)) {
          if (event.type === 'BOOKMARK') continue;
          const { uid = '', resourceVersion = '0' } = event.object.metadata;
          this.seen.push({ uid, position: BigInt(resourceVersion), atMs });
        }
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }
}
