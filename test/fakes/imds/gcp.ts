import { createHash } from 'node:crypto';
import { type Clock, sleepOn, systemClock } from '@castai/shared/async/clock.ts';
import type { ImdsQuestion, ImdsReply, ImdsService } from './imds-server.ts';

/** How the fake behaves; may be changed at any time. */
export interface GcpSettings {
  /** Answers at once although it was asked to wait, as an emulator does that does not know the parameter. */
  ignoresWait: boolean;
  /** The 503 with an error object that `upcoming-maintenance` answers while there is none. */
  hasNoUpcomingMaintenance: '404' | '503' | '{}';
}

const PREFIX = '/computeMetadata/v1/';
/** A server that was not told otherwise waits this long. */
const DEFAULT_WAIT_SECONDS = 60;

/** The metadata server of GCP: plain values with an ETag each, and requests that wait for a change. */
export class GcpImds implements ImdsService {
  readonly settings: GcpSettings = { ignoresWait: false, hasNoUpcomingMaintenance: '404' };
  readonly #clock: Clock;
  readonly #values = new Map<string, string>();
  readonly #waiting = new Set<() => void>();

  constructor(options: { readonly clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock;
    this.set('instance/id', '4520031799277581759');
    this.set('instance/name', 'gke-sample-pool-1-7c1d2e3f-0001');
    this.set('instance/zone', 'projects/123456789012/zones/europe-west3-a');
    this.set('project/project-id', 'sample-project');
    this.set('instance/scheduling/preemptible', 'TRUE');
    this.set('instance/scheduling/on-host-maintenance', 'TERMINATE');
    this.set('instance/preempted', 'FALSE');
    this.set('instance/maintenance-event', 'NONE');
  }

  /** Writes a value; everybody who waits looks again. */
  set(key: string, value: string): void {
    this.#values.set(key, value);
    for (const wake of this.#waiting) wake();
  }

  /** Takes a key away: 404. */
  remove(key: string): void {
    this.#values.delete(key);
    for (const wake of this.#waiting) wake();
  }

  /** Requests that hang at the moment. */
  get hanging(): number {
    return this.#waiting.size;
  }

  async answer({ method, path, query, headers, signal }: ImdsQuestion): Promise<ImdsReply> {
    if (headers['metadata-flavor'] !== 'Google') return reply(403, 'Missing Metadata-Flavor:Google header.');
    if (headers['x-forwarded-for'] !== undefined) return reply(403, 'X-Forwarded-For is not allowed.');
    if (method !== 'GET') return reply(405, 'Method not allowed');
    const key = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : '';
    if (key.endsWith('/') || key === '') return this.#directory(query);
    if (!this.#values.has(key)) return this.#absent(key);
    if (query.get('wait_for_change') === 'true' && !this.settings.ignoresWait) await this.#wait(key, query, signal);
    const value = this.#values.get(key);
    if (value === undefined) return this.#absent(key);
    return reply(200, value, etagOf(value));
  }

  /** With an older ETag the answer comes at once; without one, or with the current, at the next change or when time is up. */
  async #wait(key: string, query: URLSearchParams, signal: AbortSignal): Promise<void> {
    const current = etagOf(this.#values.get(key));
    const last = query.get('last_etag') ?? current;
    const timeoutMs = Number(query.get('timeout_sec') ?? DEFAULT_WAIT_SECONDS) * 1000;
    const end = new AbortController();
    const stop = (): void => end.abort();
    signal.addEventListener('abort', stop, { once: true });
    const overdue = sleepOn(this.#clock, timeoutMs, end.signal).then(
      () => true,
      () => true,
    );
    while (etagOf(this.#values.get(key)) === last && !end.signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<false>();
      const wake = (): void => resolve(false);
      this.#waiting.add(wake);
      const isOver = await Promise.race([promise, overdue]);
      this.#waiting.delete(wake);
      if (isOver) break;
    }
    end.abort();
    signal.removeEventListener('abort', stop);
  }

  #directory(query: URLSearchParams): ImdsReply {
    const isRecursive = query.get('recursive') === 'true';
    if (!isRecursive && (query.has('alt') || query.has('wait_for_change')))
      return reply(400, 'alt and wait_for_change need recursive=true');
    return reply(200, [...this.#values.keys()].join('\n'));
  }

  #absent(key: string): ImdsReply {
    const how = this.settings.hasNoUpcomingMaintenance;
    if (key !== 'instance/upcoming-maintenance' || how === '404') return reply(404, 'Not found');
    if (how === '{}') return reply(200, '{}', etagOf('{}'));
    return reply(
      503,
      JSON.stringify({ error: { code: 503, message: 'no notifications have been received yet, try again later' } }),
    );
  }
}

function etagOf(value: string | undefined): string {
  return createHash('sha256')
    .update(value ?? '')
    .digest('hex')
    .slice(0, 16);
}

function reply(status: number, body: string, etag?: string): ImdsReply {
  return {
    status,
    headers: {
      'content-type': 'application/text',
      'metadata-flavor': 'Google',
      server: 'Metadata Server for VM',
      ...(etag === undefined ? {} : { etag }),
    },
    body,
  };
}
