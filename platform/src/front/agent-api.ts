/**
 * The calls of agents: key check, faults, body, and then the work. One answer per request, or a closed connection where a
 * fault asks for it.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ack, Batch } from '@castai/shared/wire/ingest/ingest-messages.ts';
import {
  decodeBatch,
  decodeOpenRequest,
  encodeAck,
  encodeOpenResponse,
  INGEST_CONTENT_TYPE,
} from '@castai/shared/wire/ingest/ingest-wire.ts';
import { type Answer, json } from '../answer/answer.ts';
import type { FaultBook } from '@castai/test/platform-rig/faults/fault-book.ts';
import type { FaultAction } from '@castai/test/platform-rig/faults/fault-rules.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { clusterIdentity } from '../register/cluster-identity.ts';
import type { InitDataDeliveries } from '../init-data/init-data-deliveries.ts';
import type { ReportKind } from '../store/report-store.ts';
import type { Store } from '../store/store.ts';
import { invalid, Refusal, unknownCluster } from '../answer/refusal.ts';
import { readRequestBody, type RequestBody } from './request-body.ts';
import type { AgentRoute } from './route.ts';

/** Dependencies of {@link AgentApi}. */
export interface AgentApiOptions {
  readonly store: Store;
  readonly ingest: Ingest;
  readonly initData: InitDataDeliveries;
  readonly faults: FaultBook;
  readonly now: () => number;
  /** Told of every report that is kept. */
  readonly onReport: (report: { readonly cluster: string; readonly kind: ReportKind; readonly body: unknown }) => void;
  /** Bound of a request body, before and after decompression, bytes. */
  readonly maxBodyBytes: number;
  /** Accepted keys; empty: any key, but not none. */
  readonly apiKeys: readonly string[];
}

/** Field 1000 of a message, a string: what a later version may add. */
const UNKNOWN_FIELD = Uint8Array.from([0xc2, 0x3e, 0x03, 0x6e, 0x65, 0x77]);

/** Answers agents. */
export class AgentApi {
  /** Accepted keys; empty: any. Can be replaced at any time. */
  apiKeys: ReadonlySet<string>;
  readonly #options: AgentApiOptions;

  constructor(options: AgentApiOptions) {
    this.#options = options;
    this.apiKeys = new Set(options.apiKeys);
  }

  /** Answers one request; `undefined`: cut the connection. Throws `Refusal` for every answer that is an error. */
  async answer(request: IncomingMessage, route: AgentRoute): Promise<Answer | undefined> {
    const actions = this.#options.faults.take(route.call, route.cluster);
    const fault = <Type extends FaultAction['type']>(type: Type) =>
      actions.find((action): action is Extract<FaultAction, { type: Type }> => action.type === type);
    if (fault('drop')) return undefined;
    const delay = fault('delay');
    if (delay) await sleep(delay.ms);
    const body = await this.#read(request, actions);
    const instead = insteadOfAnswer(actions, request);
    if (instead) return instead;
    this.#authorize(request);
    const isWish = route.call === 'initData' && request.method === 'GET';
    if (request.method !== 'POST' && !isWish)
      throw new Refusal(405, 'METHOD_NOT_ALLOWED', { message: 'this call is a POST' });
    const answer =
      route.call === 'initData'
        ? await this.#initData(route.cluster ?? '', request, body)
        : this.#work({ ...route, call: route.call }, body, actions);
    if (fault('loseAnswer')) return undefined;
    const close = fault('closeIdle');
    return close ? { ...answer, closeAfterMs: close.ms } : answer;
  }

  async #read(request: IncomingMessage, actions: readonly FaultAction[]): Promise<RequestBody> {
    const limits = actions.flatMap((action) => (action.type === 'limit' ? [action.bytes] : []));
    const slow = actions.find((action) => action.type === 'slowRead');
    return readRequestBody(request, {
      maxBytes: Math.min(this.#options.maxBodyBytes, ...limits),
      refusedEncodings: actions.flatMap((action) => (action.type === 'refuseEncoding' ? [action.encoding] : [])),
      ...(slow ? { bytesPerSecond: slow.bytesPerSecond } : {}),
    });
  }

  #authorize(request: IncomingMessage): void {
    const key = request.headers['x-api-key'];
    if (typeof key === 'string' && this.isKey(key)) return;
    throw new Refusal(401, 'UNAUTHORIZED', { message: 'the X-Api-Key header holds no valid key' });
  }

  /** Whether a key is accepted: one of those that were named, or any when none was. */
  isKey(key: string): boolean {
    return key !== '' && (this.apiKeys.size === 0 || this.apiKeys.has(key));
  }

  async #initData(cluster: string, request: IncomingMessage, body: RequestBody): Promise<Answer> {
    const { store, initData } = this.#options;
    if (!store.clusters.get(cluster)) throw unknownCluster(cluster);
    if (request.method === 'GET') return json(200, { requestId: initData.requestId(cluster) });
    const idempotencyKey = request.headers['idempotency-key'];
    const key = typeof idempotencyKey === 'string' ? idempotencyKey : '';
    const { answer, report } = await initData.take(cluster, parseJson(body), key);
    this.#report(cluster, 'initData', report);
    return json(200, answer);
  }

  #work(
    route: AgentRoute & { call: Exclude<AgentRoute['call'], 'initData'> },
    body: RequestBody,
    actions: readonly FaultAction[],
  ): Answer {
    switch (route.call) {
      case 'register':
        return this.#register(body);
      case 'open':
        return this.#open(route.cluster ?? '', body);
      case 'batch':
        return this.#batch(route.cluster ?? '', body, actions);
      case 'log':
        return this.#report(route.cluster ?? '', 'log', checkLog(parseJson(body)));
      case 'event':
        return this.#report(route.cluster ?? '', 'event', checkEvent(parseJson(body)));
      case 'telemetry':
        return {
          ...this.#report(route.cluster ?? '', 'telemetry', parseJson(body)),
          body: JSON.stringify({ intervalSeconds: '15', resync: false }),
        };
    }
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

  #batch(cluster: string, body: RequestBody, actions: readonly FaultAction[]): Answer {
    const batch = decode('Batch', () => decodeBatch(body.bytes));
    this.#refusePoison(batch, actions);
    let ack = this.#options.ingest.receive(cluster, batch, body.wireBytes);
    for (const action of actions) if (action.type === 'wrongAck') ack = wrongAck(ack, action);
    if (!actions.some(({ type }) => type === 'newerPlatform')) return protobuf(encodeAck(ack));
    const directives = [...ack.directives, { id: 'a-directive-of-a-later-version' }];
    return protobuf(Buffer.concat([encodeAck({ ...ack, directives }), UNKNOWN_FIELD]));
  }

  #refusePoison(batch: Batch, actions: readonly FaultAction[]): void {
    const names = actions.flatMap((action) => (action.type === 'poison' && action.as === 'batch' ? [action.name] : []));
    if (names.length === 0) return;
    const poison = batch.entries.find((entry) => entry.type === 'upsert' && names.includes(entry.name));
    if (!poison) return;
    this.#options.faults.note('poison');
    throw new Refusal(400, 'INVALID_BATCH', { message: 'an entry of this batch cannot be taken' });
  }

  #report(cluster: string, kind: ReportKind, body: unknown): Answer {
    const { store, now } = this.#options;
    if (!store.clusters.get(cluster)) throw unknownCluster(cluster);
    store.transaction(() => store.reports.add({ cluster, kind, atMs: now(), body }));
    this.#options.onReport({ cluster, kind, body });
    return json(200, {});
  }
}

/** One organization owns every cluster of this platform. */
const ORGANIZATION_ID = '8f1c7f5e-6d0b-4f0e-9a53-0d6c1f3a7e10';

function protobuf(body: Uint8Array): Answer {
  return { status: 200, headers: { 'content-type': INGEST_CONTENT_TYPE }, body };
}

function insteadOfAnswer(actions: readonly FaultAction[], request: IncomingMessage): Answer | undefined {
  for (const action of actions) {
    if (action.type === 'status') {
      const message = 'a fault was asked for';
      const answer = json(action.status, { code: action.code ?? 'FAULT', message });
      const headers = action.retryAfter === undefined ? {} : { 'retry-after': action.retryAfter };
      return { ...answer, headers: { ...answer.headers, ...headers } };
    }
    if (action.type === 'notAck') {
      const body = action.body ?? '<!doctype html><title>Sign in</title><p>Sign in to use this network.';
      return { status: 200, headers: { 'content-type': 'text/html' }, body };
    }
    if (action.type === 'redirect') {
      const location = action.location ?? `http://${request.headers.host ?? 'localhost'}/elsewhere${request.url ?? ''}`;
      return { status: 307, headers: { location }, body: '' };
    }
  }
  return undefined;
}

function wrongAck(ack: Ack, action: Extract<FaultAction, { type: 'wrongAck' }>): Ack {
  return {
    ...ack,
    epoch: ack.epoch + (action.epoch ?? 0),
    receivedSeq: ack.receivedSeq + (action.seq ?? 0),
    processedSeq: ack.processedSeq + (action.seq ?? 0),
    entryCount: ack.entryCount + (action.entryCount ?? 0),
  };
}

function decode<Message>(name: string, work: () => Message): Message {
  try {
    return work();
  } catch {
    throw new Refusal(400, 'UNDECODABLE', { message: `the body is not a ${name}` });
  }
}

function parseJson(body: RequestBody): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body.bytes).toString());
  } catch {
    throw invalid('the body is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid('the body must be a JSON object');
}

/** `{logEvent: {level, time, message, fields}}`, every field a string (facts: agent-logs). */
function checkLog(body: Record<string, unknown>): unknown {
  const { logEvent } = body as { logEvent?: Record<string, unknown> };
  if (typeof logEvent !== 'object' || logEvent === null) throw invalid('logEvent must be an object');
  const { level, time, message, fields } = logEvent;
  if ([level, time, message].some((value) => typeof value !== 'string')) {
    throw invalid('logEvent needs level, time and message as strings');
  }
  const values: unknown[] = typeof fields === 'object' && fields !== null ? Object.values(fields) : [];
  if (values.some((value) => typeof value !== 'string'))
    throw invalid('every value of logEvent.fields must be a string');
  return logEvent;
}

function checkEvent(body: Record<string, unknown>): unknown {
  const type = body['event_type'] ?? body['eventType'];
  if (type === 'interrupted' || type === 'rebalanceRecommendation') return body;
  throw invalid('event_type must be interrupted or rebalanceRecommendation');
}
