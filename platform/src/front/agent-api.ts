/** The calls of agents: key check, then the body, then the work. */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type EvictorReport, MOST_EVICTOR_REPORT_BYTES } from '@castai/shared/wire/evictor/evictor-report.ts';
import { DICTIONARY_HEADER, DICTIONARY_NAME } from '@castai/shared/wire/ingest/dictionary.ts';
import {
  decodeBatch,
  decodeOpenRequest,
  encodeAck,
  encodeOpenResponse,
  INGEST_CONTENT_TYPE,
} from '@castai/shared/wire/ingest/ingest-wire.ts';
import { type Answer, json } from '../answer/answer.ts';
import { forbidden, invalid, Refusal, unknownCluster } from '../answer/refusal.ts';
import { parseEvictorReport } from '../evictor/parse-evictor-report.ts';
import type { Deltas } from '../deltas/deltas.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { InitDataDeliveries, InitDataReport } from '../init-data/init-data-deliveries.ts';
import type { Origin } from '../origin/origin.ts';
import type { Origins } from '../origin/origins.ts';
import { clusterIdentity } from '../register/cluster-identity.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import type { ApiKeys, Grant } from './api-keys.ts';
import { checkEvent, checkLog, checkTelemetry, type Fields, parseJson } from './request-json.ts';
import { type BodySource, readRequestBody, type RequestBody } from './request-body.ts';
import { type AgentCall, type AgentRoute, type Wire, wireOf } from './route.ts';

/** One call of an agent, its body unread. */
export interface AgentRequest {
  readonly route: AgentRoute;
  readonly method: string;
  readonly source: BodySource;
  /** A smaller bound of the body than the platform's own, bytes. */
  readonly maxBytes?: number | undefined;
}

/** What an agent said besides the stream. */
export type AgentReport = { readonly cluster: string } & (
  | { readonly kind: 'log' | 'telemetry'; readonly body: Fields }
  | { readonly kind: 'evictor'; readonly body: EvictorReport }
  | { readonly kind: 'event'; readonly body: Fields; readonly origin: Origin }
  | { readonly kind: 'initData'; readonly body: InitDataReport; readonly origin: Origin }
);

/** Dependencies of {@link AgentApi}. */
export interface AgentApiOptions {
  readonly store: PlatformStore;
  readonly ingest: Ingest;
  readonly deltas: Deltas;
  readonly initData: InitDataDeliveries;
  readonly origins: Origins;
  readonly apiKeys: ApiKeys;
  /** The wires that are served; the calls of another one are not there. */
  readonly wires: ReadonlySet<Wire>;
  /** Bound of a batch or an open, before and after decompression, bytes. */
  readonly maxBodyBytes: number;
  /** The same of a delta, which is never in memory as a whole. */
  readonly maxDeltaBytes: number;
  readonly now: () => number;
  /** Told of every report that is kept. */
  readonly onReport: (report: AgentReport) => void;
}

/** Bound of every call that is neither stream nor batch nor an evictor's report, bytes: the largest, init data, has about a hundred KiB. */
const MAX_SMALL_BODY_BYTES = 1024 * 1024;

/** One organization owns every cluster of this platform. */
const ORGANIZATION_ID = '8f1c7f5e-6d0b-4f0e-9a53-0d6c1f3a7e10';

/** Answers agents. */
export class AgentApi {
  readonly #options: AgentApiOptions;

  constructor(options: AgentApiOptions) {
    this.#options = options;
  }

  /** Whether there is such a call here. */
  serves(call: AgentCall): boolean {
    const wire = wireOf(call);
    return wire === undefined || this.#options.wires.has(wire);
  }

  /** Answers one call. Throws `Refusal` for every answer that is an error. */
  async answer(request: AgentRequest): Promise<Answer> {
    const { route, method, source } = request;
    // First: what a stranger sends is neither read nor decompressed.
    const grant = this.#options.apiKeys.authorize(source.headers, route);
    const isWish = route.call === 'initData' && method === 'GET';
    if (method !== 'POST' && !isWish) throw new Refusal(405, 'METHOD_NOT_ALLOWED', { message: 'this call is a POST' });
    const cluster = route.cluster ?? '';
    if (route.call === 'delta') return this.#delta(cluster, request);
    const body = await readRequestBody(source, this.#bound(request));
    switch (route.call) {
      case 'register':
        return this.#register(body, grant);
      case 'open':
        return this.#open(cluster, body);
      case 'batch':
        return this.#batch(cluster, body);
      case 'log':
        return this.#report({ cluster, kind: 'log', body: checkLog(parseJson(body)) });
      case 'event':
        return this.#event(cluster, source.headers, body);
      case 'telemetry':
        return this.#telemetry(cluster, checkTelemetry(parseJson(body)));
      case 'evictorReport':
        return this.#report({ cluster, kind: 'evictor', body: parseEvictorReport(parseJson(body)) });
      case 'initData':
        return isWish ? this.#initDataWish(cluster) : this.#initData(cluster, source.headers, body);
    }
  }

  #bound({ route, maxBytes = Infinity }: AgentRequest): number {
    const { maxBodyBytes, maxDeltaBytes } = this.#options;
    if (route.call === 'delta') return Math.min(maxBytes, maxDeltaBytes);
    if (route.call === 'evictorReport') return Math.min(maxBytes, maxBodyBytes, MOST_EVICTOR_REPORT_BYTES);
    const isStream = route.call === 'open' || route.call === 'batch';
    return Math.min(maxBytes, maxBodyBytes, isStream ? Infinity : MAX_SMALL_BODY_BYTES);
  }

  async #delta(cluster: string, request: AgentRequest): Promise<Answer> {
    const { source } = request;
    const token = source.headers['continuity-token'];
    const next = await this.#options.deltas.take({
      cluster,
      token: typeof token === 'string' ? token : '',
      source,
      maxBytes: this.#bound(request),
    });
    return { status: 204, headers: { 'continuity-token': next }, body: '' };
  }

  /** Asked by every replica, four times a minute. The interval is a text, as the existing agents have it. */
  async #telemetry(cluster: string, body: Fields): Promise<Answer> {
    const { deltas, ingest } = this.#options;
    await this.#report({ cluster, kind: 'telemetry', body });
    const intervalSeconds = String(Math.max(1, Math.round(ingest.settings.limits.heartbeatMs / 1000)));
    return json(200, { intervalSeconds, resync: await deltas.wantsResync(cluster) });
  }

  async #initDataWish(cluster: string): Promise<Answer> {
    await this.#mustKnow(cluster);
    return json(200, { requestId: this.#options.initData.requestId(cluster) });
  }

  async #initData(cluster: string, headers: IncomingHttpHeaders, body: RequestBody): Promise<Answer> {
    await this.#mustKnow(cluster);
    const idempotencyKey = headers['idempotency-key'];
    const key = typeof idempotencyKey === 'string' ? idempotencyKey : '';
    const fields = parseJson(body);
    // Before it is taken: what is taken cannot come again.
    const origin = await this.#options.origins.ofInitData({ cluster, headers, body: fields });
    const { answer, report } = await this.#options.initData.take(cluster, fields, key);
    await this.#report({ cluster, kind: 'initData', body: report, origin });
    return json(200, answer);
  }

  async #event(cluster: string, headers: IncomingHttpHeaders, body: RequestBody): Promise<Answer> {
    await this.#mustKnow(cluster);
    const event = checkEvent(parseJson(body));
    const origin = await this.#options.origins.ofInterruption({ cluster, headers, body: event });
    return this.#report({ cluster, kind: 'event', body: event, origin });
  }

  /** A key of one cluster registers that one: under the id that it bears, the first time; never another one. */
  async #register(body: RequestBody, grant: Grant): Promise<Answer> {
    let identity;
    try {
      identity = clusterIdentity(parseJson(body));
    } catch (error) {
      if (error instanceof RangeError) throw invalid(error.message);
      throw error;
    }
    const { store, now } = this.#options;
    if (grant.cluster !== undefined && !(await this.#isFree(identity.identity, grant.cluster))) {
      throw forbidden(`this key is for the cluster ${grant.cluster} only, and that is another one`);
    }
    const row = await store.register({ identity, id: grant.cluster ?? randomUUID(), atMs: now() });
    return json(200, { id: row.id, organizationId: ORGANIZATION_ID, name: row.name, providerType: row.provider });
  }

  async #open(cluster: string, body: RequestBody): Promise<Answer> {
    const request = decode('OpenRequest', () => decodeOpenRequest(body.bytes));
    const { headers, ...answer } = protobuf(encodeOpenResponse(await this.#options.ingest.open(cluster, request)));
    return { ...answer, headers: { ...headers, [DICTIONARY_HEADER]: DICTIONARY_NAME } };
  }

  async #batch(cluster: string, body: RequestBody): Promise<Answer> {
    const batch = decode('Batch', () => decodeBatch(body.bytes));
    const digest = createHash('sha256').update(body.bytes).digest('base64url');
    const { wireBytes } = body;
    return protobuf(encodeAck(await this.#options.ingest.receive(cluster, batch, { wireBytes, digest })));
  }

  async #report(report: AgentReport): Promise<Answer> {
    await this.#mustKnow(report.cluster);
    const { store, now } = this.#options;
    const { cluster, kind, body } = report;
    await store.addReport({ cluster, kind, body, atMs: now() });
    this.#options.onReport(report);
    return json(200, {});
  }

  /** Whether this identity is registered under this id, or both are new. */
  async #isFree(identity: string, id: string): Promise<boolean> {
    const { store } = this.#options;
    const [known, taken] = await Promise.all([store.clusterOf(identity), store.cluster(id)]);
    return known === undefined ? taken === undefined : known.id === id;
  }

  async #mustKnow(cluster: string): Promise<void> {
    if (!(await this.#options.store.cluster(cluster))) throw unknownCluster(cluster);
  }
}

function protobuf(body: Uint8Array): Answer {
  return { status: 200, headers: { 'content-type': INGEST_CONTENT_TYPE }, body };
}

function decode<Message>(name: string, work: () => Message): Message {
  try {
    return work();
  } catch {
    throw new Refusal(400, 'UNDECODABLE', { message: `the body is not a ${name}` });
  }
}
