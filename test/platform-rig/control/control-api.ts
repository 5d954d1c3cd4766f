/**
 * The control API: faults, repairs and readings for tests and for whoever plays with the platform. It has no key, so the
 * platform listens on 127.0.0.1 unless told otherwise.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Answer, json } from '@castai/platform/answer/answer.ts';
import { invalid, Refusal, unknownCluster } from '@castai/platform/answer/refusal.ts';
import { requestUrl } from '@castai/platform/front/front.ts';
import { refuseForeignPage } from '@castai/platform/front/refuse-foreign.ts';
import { readRequestBody } from '@castai/platform/front/request-body.ts';
import { type Fields, parseJson } from '@castai/platform/front/request-json.ts';
import { WIRES } from '@castai/platform/front/route.ts';
import type { Platform } from '@castai/platform/platform.ts';
import type { FeedRow } from '@castai/platform/store/feed-row.ts';
import type { ReportKind, ReportRow } from '@castai/platform/store/report-row.ts';
import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import type { Checkpoint } from './checkpoint.ts';
import { dumpHistory, dumpObjects } from './dump.ts';
import { forgetContinuityToken, forgetResumePoint, forgetSession, loseObjects } from './forget.ts';
import { platformState } from './platform-state.ts';

/** What can be controlled. */
export interface ControlApiOptions {
  readonly platform: Platform;
  readonly faults: FaultBook;
  /** Paused is what an incident at the platform looks like: batches are received and wait. */
  readonly processing: { isPaused: boolean };
  readonly checkpoint: Checkpoint;
}

/** Prefix of every control path. */
export const CONTROL_PREFIX = '/_control/';

type Handler = (fields: Fields) => unknown;

const REPORT_KINDS: readonly ReportKind[] = ['log', 'telemetry', 'event', 'initData', 'evictor'];
const SHOWN_REPORTS = 500;
const MAX_CONTROL_BYTES = 1024 * 1024;

/** Answers control calls. */
export class ControlApi {
  readonly #options: ControlApiOptions;
  readonly #posts: Readonly<Record<string, Handler>>;
  #lastResync = 0;

  constructor(options: ControlApiOptions) {
    this.#options = options;
    const { platform, faults, processing, checkpoint } = options;
    const { ingest, apiKeys, initData, databaseFile } = platform;
    this.#posts = {
      faults: (fields) => faults.add(fields),
      'api-keys': (fields) => {
        apiKeys.replace(strings(fields, 'keys'));
        return {};
      },
      limits: ({ maxObjectBytes, ...fields }) => {
        const { settings } = ingest;
        settings.limits = limits(fields, settings.limits);
        if (maxObjectBytes !== undefined) settings.maxObjectBytes = number({ maxObjectBytes }, 'maxObjectBytes');
        return { limits: settings.limits, maxObjectBytes: settings.maxObjectBytes };
      },
      processing: async (fields) => {
        processing.isPaused = boolean(fields, 'paused');
        if (!processing.isPaused) await ingest.processWaiting();
        return {};
      },
      history: (fields) => {
        ingest.settings.isRecorded = boolean(fields, 'enabled');
        return {};
      },
      resync: (fields) => this.#resync(fields),
      'forget-resume-points': (fields) => this.#forgetResumePoints(fields),
      'forget-session': async (fields) => {
        const cluster = await this.#cluster(fields);
        await ingest.inTurn(cluster, async () => forgetSession(databaseFile, cluster));
        return {};
      },
      'forget-continuity-token': async (fields) => {
        const cluster = await this.#cluster(fields);
        await ingest.inTurn(cluster, async () => forgetContinuityToken(databaseFile, cluster));
        return {};
      },
      'lose-objects': async (fields) => {
        const cluster = await this.#cluster(fields);
        const oneIn = number(fields, 'oneIn');
        if (oneIn < 1) throw new RangeError('oneIn must be 1 or more');
        // Whoever lost something asks for it: in one turn, or a session between the two would not be asked.
        await ingest.inTurn(cluster, async () => {
          loseObjects(databaseFile, cluster, oneIn);
          await this.#wish(cluster, { reason: 'objects were lost', isWhole: false });
        });
        return {};
      },
      wires: (fields) => {
        const named = strings(fields, 'wires');
        platform.wires.clear();
        for (const wire of WIRES) if (named.includes(wire)) platform.wires.add(wire);
        return { wires: [...platform.wires] };
      },
      'init-data-request': async (fields) => {
        initData.request(await this.#cluster(fields), text(fields, 'id'));
        return {};
      },
      'init-data-keys': (fields) => {
        initData.privateKeys.clear();
        for (const [id, key] of Object.entries(fields)) initData.privateKeys.set(id, String(key));
        return {};
      },
      checkpoint: () => {
        checkpoint.take();
        return {};
      },
      restore: async () => {
        const historyId = await whileNobodyWorks(platform, async () => checkpoint.restore());
        ingest.announceRestore();
        return { historyId };
      },
    };
  }

  /** Answers one call; `undefined`: with a stream. Throws `Refusal` 400, 404 or 405. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    refuseForeignPage(request);
    const { pathname, searchParams } = requestUrl(request);
    const name = pathname.slice(CONTROL_PREFIX.length);
    if (request.method === 'GET') {
      const dump = this.#dump(name, searchParams);
      if (dump) return stream(dump, response);
      const value = await this.#read(name, searchParams);
      if (value !== undefined) return json(200, value);
    }
    if (request.method === 'DELETE' && (name === 'faults' || name.startsWith('faults/'))) {
      const id = name.slice('faults/'.length);
      return json(200, { cleared: this.#options.faults.clear(id === '' ? undefined : id) });
    }
    const handler = Object.hasOwn(this.#posts, name) ? this.#posts[name] : undefined;
    if (!handler) throw new Refusal(404, 'NOT_FOUND', { message: `there is no control call ${name}` });
    if (request.method !== 'POST') throw new Refusal(405, 'METHOD_NOT_ALLOWED', { message: `${name} is a POST` });
    refuseFormBody(request);
    const fields = await readFields(request);
    try {
      return json(200, await handler(fields));
    } catch (error) {
      if (error instanceof RangeError) throw invalid(error.message);
      throw error;
    }
  }

  async #read(name: string, query: URLSearchParams): Promise<unknown> {
    const { platform, faults } = this.#options;
    switch (name) {
      case 'state':
        return platformState(this.#options);
      case 'reports':
        return this.#reports(query);
      case 'init-data':
        return platform.initData.deliveries(query.get('cluster') ?? '');
      case 'faults':
        return faults.rules;
      default:
        return undefined;
    }
  }

  #dump(name: string, query: URLSearchParams): Generator<string> | undefined {
    const { databaseFile } = this.#options.platform;
    const cluster = query.get('cluster') ?? '';
    if (name === 'objects') return dumpObjects(databaseFile, { cluster, feed: query.get('feed') ?? '' });
    return name === 'history' ? dumpHistory(databaseFile, cluster) : undefined;
  }

  async #reports(query: URLSearchParams): Promise<ReportRow[]> {
    const kind = REPORT_KINDS.find((candidate) => candidate === query.get('kind'));
    if (!kind) throw invalid(`kind must be one of ${REPORT_KINDS.join(', ')}`);
    return this.#options.platform.store.reports(query.get('cluster') ?? '', kind, SHOWN_REPORTS);
  }

  async #resync(fields: Fields): Promise<unknown> {
    const { ingest } = this.#options.platform;
    const cluster = await this.#cluster(fields);
    const reason = typeof fields['reason'] === 'string' ? fields['reason'] : 'asked for by an operator';
    const wish = { reason, isWhole: fields['isWhole'] === true, named: fields };
    return ingest.inTurn(cluster, () => this.#wish(cluster, wish));
  }

  /** Within a turn of the cluster. */
  async #wish(
    cluster: string,
    { named = {}, ...wish }: { readonly reason: string; readonly isWhole: boolean; readonly named?: Fields },
  ): Promise<{ readonly id: string; readonly feeds: number }> {
    this.#lastResync += 1;
    const id = `resync-${Date.now()}-${this.#lastResync}`;
    const feeds = (await this.#feeds(cluster, named)).filter(({ feedId }) => feedId !== undefined);
    await this.#options.platform.store.requestResync(
      feeds.map(({ key }) => key),
      { id, ...wish },
    );
    return { id, feeds: feeds.length };
  }

  async #forgetResumePoints(fields: Fields): Promise<unknown> {
    const { ingest, databaseFile } = this.#options.platform;
    const cluster = await this.#cluster(fields);
    return ingest.inTurn(cluster, async () => {
      const feeds = await this.#feeds(cluster, fields);
      for (const { key } of feeds) forgetResumePoint(databaseFile, key);
      return { feeds: feeds.length };
    });
  }

  async #cluster(fields: Fields): Promise<string> {
    const { cluster } = fields;
    if (typeof cluster !== 'string') throw new RangeError('cluster must be the id of a cluster');
    if (!(await this.#options.platform.store.cluster(cluster))) throw unknownCluster(cluster);
    return cluster;
  }

  /** The feeds that `feeds` names (`pods`, `apps/deployments`), or all. */
  async #feeds(cluster: string, fields: Fields): Promise<FeedRow[]> {
    const stored = await this.#options.platform.store.feeds(cluster);
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

/** Does something to the whole state while no request of any cluster is worked on. */
async function whileNobodyWorks<Result>({ store, ingest }: Platform, work: () => Promise<Result>): Promise<Result> {
  const clusters = await store.clusters();
  return clusters.reduce<() => Promise<Result>>(
    (inner, { id }) =>
      () =>
        ingest.inTurn(id, inner),
    work,
  )();
}

async function stream(dump: Generator<string>, response: ServerResponse): Promise<undefined> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  await pipeline(Readable.from(dump), response);
  return undefined;
}

/**
 * Throws `Refusal` 415 for a body that is not said to be JSON. What a form or a script of elsewhere can send without asking first
 * (text/plain, urlencoded) never says that, also from a browser that sends no `Sec-Fetch-Site`.
 */
function refuseFormBody({ headers }: IncomingMessage): void {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return;
  throw new Refusal(415, 'UNSUPPORTED_MEDIA_TYPE', { message: 'send the header content-type: application/json' });
}

async function readFields(request: IncomingMessage): Promise<Fields> {
  const body = await readRequestBody(request, MAX_CONTROL_BYTES);
  return body.bytes.length === 0 ? {} : parseJson(body);
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
