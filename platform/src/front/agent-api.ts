/** The calls of agents: key check, and then the work. What stands before it reads the body. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import {
  decodeBatch,
  decodeOpenRequest,
  encodeAck,
  encodeOpenResponse,
  INGEST_CONTENT_TYPE,
} from '@castai/shared/wire/ingest/ingest-wire.ts';
import { type Answer, json } from '../answer/answer.ts';
import { invalid, Refusal, unknownCluster } from '../answer/refusal.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { InitDataDeliveries, InitDataReport } from '../init-data/init-data-deliveries.ts';
import { clusterIdentity } from '../register/cluster-identity.ts';
import type { Store } from '../store/store.ts';
import type { ApiKeys } from './api-keys.ts';
import { checkEvent, checkLog, type Fields, parseJson } from './request-json.ts';
import type { RequestBody } from './request-body.ts';
import type { AgentRoute } from './route.ts';

/** One call of an agent, with its body read. */
export interface AgentRequest {
  readonly route: AgentRoute;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
}

/** What an agent said besides the stream. */
export type AgentReport = { readonly cluster: string } & (
  | { readonly kind: 'log' | 'telemetry' | 'event'; readonly body: Fields }
  | { readonly kind: 'initData'; readonly body: InitDataReport }
);

/** Dependencies of {@link AgentApi}. */
export interface AgentApiOptions {
  readonly store: Store;
  readonly ingest: Ingest;
  readonly initData: InitDataDeliveries;
  readonly apiKeys: ApiKeys;
  readonly now: () => number;
  /** Told of every report that is kept. */
  readonly onReport: (report: AgentReport) => void;
}

/** One organization owns every cluster of this platform. */
const ORGANIZATION_ID = '8f1c7f5e-6d0b-4f0e-9a53-0d6c1f3a7e10';

/** Answers agents. */
export class AgentApi {
  readonly #options: AgentApiOptions;

  constructor(options: AgentApiOptions) {
    this.#options = options;
  }

  /** Answers one call. Throws `Refusal` for every answer that is an error. */
  async answer(request: AgentRequest): Promise<Answer> {
    this.authorize(request.headers);
    const { route, method, body } = request;
    const isWish = route.call === 'initData' && method === 'GET';
    if (method !== 'POST' && !isWish) throw new Refusal(405, 'METHOD_NOT_ALLOWED', { message: 'this call is a POST' });
    const cluster = route.cluster ?? '';
    switch (route.call) {
      case 'register':
        return this.#register(body);
      case 'open':
        return this.#open(cluster, body);
      case 'batch':
        return this.#batch(cluster, body);
      case 'log':
        return this.#report({ cluster, kind: 'log', body: checkLog(parseJson(body)) });
      case 'event':
        return this.#report({ cluster, kind: 'event', body: checkEvent(parseJson(body)) });
      case 'telemetry':
        return {
          ...this.#report({ cluster, kind: 'telemetry', body: parseJson(body) }),
          body: JSON.stringify({ intervalSeconds: '15', resync: false }),
        };
      case 'initData':
        return isWish ? this.#initDataWish(cluster) : this.#initData(cluster, request);
    }
  }

  /** Throws `Refusal` 401 unless the headers hold a key that is accepted. */
  authorize(headers: IncomingHttpHeaders): void {
    const key = headers['x-api-key'];
    if (typeof key === 'string' && this.#options.apiKeys.has(key)) return;
    throw new Refusal(401, 'UNAUTHORIZED', { message: 'the X-Api-Key header holds no valid key' });
  }

  #initDataWish(cluster: string): Answer {
    this.#mustKnow(cluster);
    return json(200, { requestId: this.#options.initData.requestId(cluster) });
  }

  async #initData(cluster: string, { headers, body }: AgentRequest): Promise<Answer> {
    this.#mustKnow(cluster);
    const idempotencyKey = headers['idempotency-key'];
    const key = typeof idempotencyKey === 'string' ? idempotencyKey : '';
    const { answer, report } = await this.#options.initData.take(cluster, parseJson(body), key);
    this.#report({ cluster, kind: 'initData', body: report });
    return json(200, answer);
  }

  #register(body: RequestBody): Answer {
    let identity;
    try {
      identity = clusterIdentity(parseJson(body));
    } catch (error) {
      if (error instanceof RangeError) throw invalid(error.message);
      throw error;
    }
    const { store, now } = this.#options;
    const row = store.transaction(() => store.clusters.register(identity, randomUUID(), now()));
    return json(200, { id: row.id, organizationId: ORGANIZATION_ID, name: row.name, providerType: row.provider });
  }

  #open(cluster: string, body: RequestBody): Answer {
    const request = decode('OpenRequest', () => decodeOpenRequest(body.bytes));
    return protobuf(encodeOpenResponse(this.#options.ingest.open(cluster, request)));
  }

  #batch(cluster: string, body: RequestBody): Answer {
    const batch = decode('Batch', () => decodeBatch(body.bytes));
    return protobuf(encodeAck(this.#options.ingest.receive(cluster, batch, body.wireBytes)));
  }

  #report(report: AgentReport): Answer {
    this.#mustKnow(report.cluster);
    const { store, now } = this.#options;
    store.transaction(() => store.reports.add({ ...report, atMs: now() }));
    this.#options.onReport(report);
    return json(200, {});
  }

  #mustKnow(cluster: string): void {
    if (!this.#options.store.clusters.get(cluster)) throw unknownCluster(cluster);
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
