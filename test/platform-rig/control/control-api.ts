/**
 * The control API: faults, repairs and readings for tests and for whoever plays with the platform. It has no key, so the
 * platform listens on 127.0.0.1 unless told otherwise.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import type { AgentApi } from '@castai/platform/front/agent-api.ts';
import { invalid, Refusal, unknownCluster } from '@castai/platform/answer/refusal.ts';
import { readRequestBody } from '@castai/platform/front/request-body.ts';
import type { InitDataDeliveries } from '@castai/platform/init-data/init-data-deliveries.ts';
import type { Ingest } from '@castai/platform/ingest/ingest.ts';
import type { Counters } from '@castai/platform/observe/counters.ts';
import { json, type Answer } from '@castai/platform/answer/answer.ts';
import type { FeedRow } from '@castai/platform/store/feed-row.ts';
import type { ReportKind, ReportRow } from '@castai/platform/store/report-store.ts';
import type { Store } from '@castai/platform/store/store.ts';
import { dumpHistory, dumpObjects } from './dump.ts';
import { platformState } from './platform-state.ts';

/** Dependencies of {@link ControlApi}. */
export interface ControlApiOptions {
  readonly store: Store;
  readonly ingest: Ingest;
  readonly faults: FaultBook;
  readonly agentApi: AgentApi;
  readonly initData: InitDataDeliveries;
  readonly counters: Counters;
}

/** Prefix of every control path. */
export const CONTROL_PREFIX = '/_control/';

type Fields = Readonly<Record<string, unknown>>;
type Handler = (fields: Fields) => unknown;

const REPORT_KINDS: readonly ReportKind[] = ['log', 'telemetry', 'event', 'initData'];
const SHOWN_REPORTS = 500;
const MAX_CONTROL_BYTES = 1024 * 1024;

/** Answers control calls. */
export class ControlApi {
  readonly #options: ControlApiOptions;
  readonly #posts: Readonly<Record<string, Handler>>;
  #lastResync = 0;

  constructor(options: ControlApiOptions) {
    this.#options = options;
    const { store, ingest, faults, agentApi, initData } = options;
    this.#posts = {
      faults: (fields) => faults.add(fields),
      'api-keys': (fields) => {
        agentApi.apiKeys = new Set(strings(fields, 'keys'));
        return {};
      },
      limits: (fields) => {
        ingest.settings.limits = limits(fields, ingest.settings.limits);
        if (fields['maxObjectBytes'] !== undefined) ingest.settings.maxObjectBytes = number(fields, 'maxObjectBytes');
        return { limits: ingest.settings.limits, maxObjectBytes: ingest.settings.maxObjectBytes };
      },
      processing: (fields) => {
        ingest.settings.paused = boolean(fields, 'paused');
        if (!ingest.settings.paused) ingest.processWaiting();
        return {};
      },
      history: (fields) => {
        store.history.enabled = boolean(fields, 'enabled');
        return {};
      },
      resync: (fields) => this.#resync(fields),
      'forget-resume-points': (fields) => this.#forgetResumePoints(fields),
      'forget-session': (fields) => {
        store.transaction(() => store.clusters.loseSession(this.#cluster(fields)));
        return {};
      },
      'init-data-request': (fields) => {
        initData.request(this.#cluster(fields), text(fields, 'id'));
        return {};
      },
      'init-data-keys': (fields) => {
        initData.privateKeys.clear();
        for (const [id, key] of Object.entries(fields)) initData.privateKeys.set(id, String(key));
        return {};
      },
      checkpoint: () => {
        store.checkpoint();
        return {};
      },
      restore: () => {
        store.restore();
        ingest.announceRestore();
        return {};
      },
    };
  }

  /** Answers one call. Throws `Refusal` 400, 404 or 405. */
  async answer(request: IncomingMessage, url: URL): Promise<Answer> {
    const name = url.pathname.slice(CONTROL_PREFIX.length);
    if (request.method === 'GET' && name === 'state') return json(200, this.state());
    if (request.method === 'GET' && name === 'reports') return json(200, this.#reports(url.searchParams));
    if (request.method === 'GET' && name === 'init-data') {
      return json(200, this.#options.initData.deliveries(url.searchParams.get('cluster') ?? ''));
    }
    if (request.method === 'GET' && name === 'faults') return json(200, this.#options.faults.rules);
    if (request.method === 'DELETE' && (name === 'faults' || name.startsWith('faults/'))) {
      const id = name.slice('faults/'.length);
      return json(200, { cleared: this.#options.faults.clear(id === '' ? undefined : id) });
    }
    const handler = Object.hasOwn(this.#posts, name) ? this.#posts[name] : undefined;
    if (!handler) throw new Refusal(404, 'NOT_FOUND', { message: `there is no control call ${name}` });
    if (request.method !== 'POST') throw new Refusal(405, 'METHOD_NOT_ALLOWED', { message: `${name} is a POST` });
    const fields = await readFields(request);
    try {
      return json(200, handler(fields));
    } catch (error) {
      if (error instanceof RangeError) throw invalid(error.message);
      throw error;
    }
  }

  /** Streams a dump if the call is one; false: it is not. */
  async stream(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    if (request.method !== 'GET') return false;
    const cluster = url.searchParams.get('cluster') ?? '';
    const { store } = this.#options;
    const lines = (): Generator<string> | undefined => {
      switch (url.pathname.slice(CONTROL_PREFIX.length)) {
        case 'objects':
          return dumpObjects(store, { cluster, feed: url.searchParams.get('feed') ?? '' });
        case 'history':
          return dumpHistory(store, cluster);
        default:
          return undefined;
      }
    };
    const dump = lines();
    if (!dump) return false;
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    await pipeline(Readable.from(dump), response);
    return true;
  }

  /** The whole state. */
  state(): ReturnType<typeof platformState> {
    const { store, ingest, faults, counters } = this.#options;
    return platformState({ store, settings: ingest.settings, faults, counters });
  }

  #reports(query: URLSearchParams): ReportRow[] {
    const kind = REPORT_KINDS.find((candidate) => candidate === query.get('kind'));
    if (!kind) throw invalid(`kind must be one of ${REPORT_KINDS.join(', ')}`);
    return this.#options.store.reports.newest(query.get('cluster') ?? '', kind, SHOWN_REPORTS);
  }

  #resync(fields: Fields): unknown {
    const { store } = this.#options;
    const cluster = this.#cluster(fields);
    this.#lastResync += 1;
    const resync = {
      id: `resync-${Date.now()}-${this.#lastResync}`,
      reason: typeof fields['reason'] === 'string' ? fields['reason'] : 'asked for by an operator',
    };
    const feeds = this.#feeds(cluster, fields).filter(({ feedId }) => feedId !== undefined);
    store.transaction(() => {
      for (const { key } of feeds) store.feeds.requestResync(key, resync);
    });
    return { id: resync.id, feeds: feeds.length };
  }

  #forgetResumePoints(fields: Fields): unknown {
    const { store } = this.#options;
    const cluster = this.#cluster(fields);
    const feeds = this.#feeds(cluster, fields);
    store.transaction(() => {
      for (const { key } of feeds) store.feeds.forgetResumePoint(key);
    });
    return { feeds: feeds.length };
  }

  #cluster(fields: Fields): string {
    const { cluster } = fields;
    if (typeof cluster !== 'string') throw new RangeError('cluster must be the id of a cluster');
    if (!this.#options.store.clusters.get(cluster)) throw unknownCluster(cluster);
    return cluster;
  }

  /** The feeds that `feeds` names (`pods`, `apps/deployments`), or all. */
  #feeds(cluster: string, fields: Fields): FeedRow[] {
    const stored = this.#options.store.feeds.ofCluster(cluster);
    if (fields['feeds'] === undefined) return stored;
    return strings(fields, 'feeds').flatMap((name) => {
      const matching = stored.filter(
        ({ group, resource }) => name === (group === '' ? resource : `${group}/${resource}`),
      );
      if (matching.length === 0) throw new RangeError(`cluster ${cluster} has no feed ${name}`);
      return matching;
    });
  }
}

async function readFields(request: IncomingMessage): Promise<Fields> {
  const { bytes } = await readRequestBody(request, { maxBytes: MAX_CONTROL_BYTES, refusedEncodings: [] });
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    throw invalid('the body is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid('the body must be a JSON object');
}

function limits(fields: Fields, current: Limits): Limits {
  const read = (key: keyof Limits): number => (fields[key] === undefined ? current[key] : number(fields, key));
  return {
    maxBatchBytes: read('maxBatchBytes'),
    heartbeatMs: read('heartbeatMs'),
    minBatchIntervalMs: read('minBatchIntervalMs'),
  };
}

function strings(fields: Fields, key: string): string[] {
  const value = fields[key];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new RangeError(`${key} must be a list of strings`);
}

function text(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value === 'string') return value;
  throw new RangeError(`${key} must be a string`);
}

function number(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${key} must be a whole number, 0 or more`);
}

function boolean(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (typeof value === 'boolean') return value;
  throw new RangeError(`${key} must be true or false`);
}
