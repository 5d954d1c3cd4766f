import type { Readable } from 'node:stream';
import type { Clock } from '@castai/shared/async/clock.ts';
import { openExchange } from '@castai/shared/http/exchange.ts';
import type { AgentSource } from '@castai/shared/http/http-agents.ts';
import { bodyChunks } from '@castai/shared/kube/body-chunks.ts';
import { classifyAnswer } from '@castai/shared/kube/classify-kube.ts';
import { ACCEPT_OBJECTS } from '@castai/shared/kube/content-negotiation.ts';
import type { KubeCredentials } from '@castai/shared/kube/credentials.ts';
import { retryUnauthorized } from '@castai/shared/kube/retry-unauthorized.ts';
import { WatchDecoder } from '@castai/shared/kube/json/watch-decoder.ts';
import type { WatchEvent } from '@castai/shared/kube/watch-events.ts';
import { readBody } from '@castai/shared/http/read-body.ts';
import { urlUnder } from '@castai/shared/http/url-under.ts';

/** What a watch is made of. */
export interface NodeWatchOptions {
  readonly credentials: KubeCredentials;
  readonly agents: AgentSource;
  readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  readonly userAgent: string;
}

/** One watch of one node. */
export interface NodeWatchRequest {
  readonly name: string;
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
}

/** Bookmarks come once a minute, the first one after up to 122 s on a quiet object (measured on kube-apiserver 1.36). */
const IDLE_MS = 200_000;
const HEADERS_MS = 30_000;
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * The watch of a single node over `node:http`, because undici costs more memory than all of this program's own code. The
 * kubelet has the same watch on the same node, which the API server's cache serves by an index. One attempt; what goes wrong
 * is a `KubeError`, an abort the signal's reason.
 */
export class NodeWatch {
  readonly #options: NodeWatchOptions;

  constructor(options: NodeWatchOptions) {
    this.#options = options;
  }

  /** The events after a resourceVersion, as many at a time as one chunk held. Ends when the server ends it in good order. */
  async *follow(request: NodeWatchRequest, signal: AbortSignal): AsyncGenerator<WatchEvent[], void, void> {
    const { credentials, clock } = this.#options;
    // One controller per watch: the signal lives as long as the process and would collect the listeners of all of them.
    const control = new AbortController();
    const stop = (): void => control.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      const body = await retryUnauthorized(credentials, () => this.#open(request, control), signal);
      const decoder = new WatchDecoder();
      for await (const chunk of bodyChunks(body, { idleMs: IDLE_MS, clock }, signal)) {
        const events = decoder.push(chunk);
        if (events.length > 0) yield events;
        if (decoder.fault !== undefined) throw decoder.fault;
      }
      decoder.end();
      if (decoder.fault !== undefined) throw decoder.fault;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #open(request: NodeWatchRequest, control: AbortController): Promise<Readable> {
    const { name, resourceVersion, timeoutSeconds } = request;
    const { credentials, agents, clock, userAgent } = this.#options;
    const authorization = await credentials.authorization();
    const query = new URLSearchParams({
      watch: '1',
      allowWatchBookmarks: 'true',
      fieldSelector: `metadata.name=${name}`,
      resourceVersion,
      timeoutSeconds: String(timeoutSeconds),
    });
    const path = `/api/v1/nodes?${query.toString()}`;
    const cancel = clock.setTimer(HEADERS_MS, () => control.abort());
    try {
      const { status, headers, body } = await openExchange(
        {
          agents,
          url: urlUnder(credentials.server, path),
          headers: {
            accept: ACCEPT_OBJECTS,
            'user-agent': userAgent,
            ...(authorization === undefined ? {} : { authorization }),
          },
        },
        control.signal,
      );
      if (status === 200) return body;
      const [contentType, retryAfter] = [headers.get('content-type'), headers.get('retry-after')];
      const { bytes } = await readBody(body, MAX_ERROR_BYTES);
      const told = { path, status, contentType, retryAfter, body: bytes };
      throw classifyAnswer({ ...told, nowMs: clock.now(), redact: agents.redact });
    } finally {
      cancel();
    }
  }
}
