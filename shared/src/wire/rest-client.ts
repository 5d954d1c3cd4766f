import type { Readable } from 'node:stream';
import axios from 'axios';
import type { Clock } from '../async/clock.ts';
import type { Secret } from '../config/secret.ts';
import type { AxiosConnection } from '../http/http-agents.ts';
import type { ApiKey } from './api-key.ts';
import { attempt } from './attempt.ts';
import { classifyResponse, type SuccessBody } from './classify-response.ts';
import { parseErrorBody } from './error-body.ts';
import { readBody } from '../http/read-body.ts';
import { type ClusterRegistration, toRegistrationBody } from './registration.ts';
import type { Outcome } from './transport.ts';

/** What the REST client is made of. */
export interface RestClientOptions {
  /** Address of the platform; a path becomes the prefix of every call. */
  readonly baseUrl: URL;
  /** Gives the agents for each attempt, so that a renewed CA file is followed. */
  readonly agents: { current(): AxiosConnection };
  readonly apiKey: ApiKey;
  /** `castai-agent/<version>` or `castai-spot-handler/<version>`. */
  readonly userAgent: string;
  readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  /** For a whole attempt, in milliseconds. Default 10,000: these calls are small and most have a next turn. */
  readonly timeoutMs?: number;
}

/** What the platform knows a cluster by. */
export interface RegisteredCluster {
  readonly id: string;
  /** Empty when the platform did not say. */
  readonly organizationId: string;
}

/** What the platform wants of the agent. */
export interface AgentConfig {
  /** Pause between two of these calls; absent when the platform has no opinion. */
  readonly intervalSeconds?: number;
  /** The platform wants everything again. */
  readonly resync: boolean;
}

/** One line of the agent's log, as it may leave the cluster. */
export interface AgentLogEvent {
  readonly level: 'debug' | 'info' | 'warning' | 'error' | 'fatal';
  readonly timeMs: number;
  readonly message: string;
  /** The platform refuses values that are no strings. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A notice about a node that is about to lose its machine. */
export interface NodeEvent {
  readonly type: 'interrupted' | 'rebalanceRecommendation';
  /** The platform's own id of the node; empty for a node that it did not make. */
  readonly nodeId: string;
  readonly providerId?: string;
}

/** A delivery of AKS init data, ready to be sent. */
export interface InitDataDelivery {
  /** JSON: a sealed document with its description, or the document itself in compatibility mode. */
  readonly body: Uint8Array;
  /** The same for repetitions of one delivery: the platform takes it once. */
  readonly idempotencyKey: string;
  /** What the answer must echo to count, because anybody can answer 200; absent in compatibility mode, which has no answer. */
  readonly fingerprint?: string;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_SUCCESS_BYTES = 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * The platform's JSON calls (see `transport.ts` for who promises what). Rides on `node:http(s)` agents and axios, because
 * programs that run on every node use it and do not load undici. Each method is one attempt and rejects with the
 * signal's reason only.
 */
export class RestClient {
  readonly #options: RestClientOptions;

  constructor(options: RestClientOptions) {
    this.#options = options;
  }

  /** Registers a cluster, or finds it again: the same identity gets the same id. */
  async registerCluster(cluster: ClusterRegistration, signal: AbortSignal): Promise<Outcome<RegisteredCluster>> {
    const body = toRegistrationBody(cluster);
    return this.#call({ path: '/v1/kubernetes/external-clusters', body, check: checkRegistered }, signal);
  }

  /** Tells which version runs and asks what the platform wants of it. */
  async agentConfig(clusterId: string, telemetry: AgentTelemetry, signal: AbortSignal): Promise<Outcome<AgentConfig>> {
    const { agentVersion, gitCommit } = telemetry;
    const path = `/v1/kubernetes/clusters/${encodeURIComponent(clusterId)}/agent-config`;
    return this.#call({ path, body: { agentVersion, gitCommit }, check: checkAgentConfig }, signal);
  }

  /** Hands over one log line; the platform takes one per call. */
  async sendAgentLogs(clusterId: string, event: AgentLogEvent, signal: AbortSignal): Promise<Outcome<undefined>> {
    const { level, timeMs, message, fields } = event;
    const path = `/v1/kubernetes/clusters/${encodeURIComponent(clusterId)}/agent-logs`;
    const body = { logEvent: { level, time: new Date(timeMs).toISOString(), message, fields } };
    return this.#call({ path, body, check: acceptAnyJson }, signal);
  }

  /** Reports that a node is about to go. */
  async sendEvent(clusterId: string, event: NodeEvent, signal: AbortSignal): Promise<Outcome<undefined>> {
    const { type, nodeId, providerId = null } = event;
    const path = `/v1/kubernetes/external-clusters/${encodeURIComponent(clusterId)}/events`;
    // This call alone speaks snake_case.
    const body = { event_type: type, node_id: nodeId, provider_id: providerId };
    return this.#call({ path, body, check: acceptAnyJson }, signal);
  }

  /** Delivers what new nodes of an AKS agent pool are made from. */
  async sendInitData(clusterId: string, delivery: InitDataDelivery, signal: AbortSignal): Promise<Outcome<undefined>> {
    const { body, idempotencyKey, fingerprint } = delivery;
    const check = (fields: JsonFields): SuccessBody<undefined> => {
      if (fingerprint === undefined || fields.get('fingerprint') === fingerprint) return acceptAnyJson();
      return { valid: false, problem: 'a receipt of something else' };
    };
    const headers = { 'Idempotency-Key': idempotencyKey };
    return this.#call({ path: initDataPath(clusterId), body, headers, check }, signal);
  }

  /** Id of the platform's last wish for AKS init data; empty when it never had one. A wish is answered once per agent pool. */
  async initDataRequest(clusterId: string, signal: AbortSignal): Promise<Outcome<string>> {
    return this.#call({ method: 'GET', path: initDataPath(clusterId), check: checkRequestId }, signal);
  }

  async #call<T>(call: Call<T>, signal: AbortSignal): Promise<Outcome<T>> {
    const { apiKey, clock, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    return attempt({ apiKey, clock, timeoutMs, signal }, (key, attemptSignal) =>
      this.#exchange(call, key, attemptSignal),
    );
  }

  async #exchange<T>(call: Call<T>, key: Secret, signal: AbortSignal): Promise<Outcome<T>> {
    const { baseUrl, agents, userAgent, clock } = this.#options;
    const response = await axios.request<Readable>({
      ...agents.current(),
      adapter: 'http',
      method: call.method ?? 'POST',
      url: `${baseUrl.origin}${baseUrl.pathname.replace(/\/+$/, '')}${call.path}`,
      headers: {
        'X-Api-Key': key.reveal(),
        'User-Agent': userAgent,
        'Content-Type': 'application/json',
        Accept: 'application/json',
        'Accept-Encoding': 'identity',
        ...call.headers,
      },
      ...(call.body === undefined
        ? {}
        : { data: call.body instanceof Uint8Array ? call.body : JSON.stringify(call.body) }),
      signal,
      // The body is read here, within bounds: axios' own limit would hide the status of an answer that exceeds it.
      responseType: 'stream',
      decompress: false,
      maxRedirects: 0,
      // Every status is an answer; what it means is decided in one place.
      validateStatus: null,
    });
    const { status, headers } = response;
    const isSuccess = status >= 200 && status <= 299;
    const { bytes, truncated } = await readBody(response.data, isSuccess ? MAX_SUCCESS_BYTES : MAX_ERROR_BYTES);
    return classifyResponse({
      status,
      retryAfter: textOf(headers['retry-after']),
      location: textOf(headers['location']),
      success: isSuccess ? checkSuccess(call, bytes, truncated) : NO_SUCCESS,
      error: isSuccess || truncated ? undefined : parseErrorBody(bytes),
      nowMs: clock.now(),
    });
  }
}

/** What the agent tells about itself with each `agentConfig` call. */
export interface AgentTelemetry {
  readonly agentVersion: string;
  readonly gitCommit: string;
}

type JsonFields = ReadonlyMap<string, unknown>;

interface Call<T> {
  /** Default POST. */
  readonly method?: 'GET';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes are sent as they are, everything else as JSON. */
  readonly body?: unknown;
  /** Takes what it needs from the answer's fields. */
  readonly check: (fields: JsonFields) => SuccessBody<T>;
}

const NO_SUCCESS = { valid: false, problem: '' } as const;

function checkSuccess<T>(call: Call<T>, bytes: Uint8Array, truncated: boolean): SuccessBody<T> {
  if (truncated) return { valid: false, problem: `a body of more than ${MAX_SUCCESS_BYTES} bytes` };
  // Calls whose answer says nothing may be answered by 204 or with no body.
  if (bytes.byteLength === 0) return call.check(new Map());
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null) return call.check(new Map(Object.entries(value)));
  } catch {
    // V8's message quotes the body.
  }
  return { valid: false, problem: 'a body that is no JSON object' };
}

function checkRegistered(fields: JsonFields): SuccessBody<RegisteredCluster> {
  const id = textOf(fields.get('id')) ?? '';
  if (id === '') return { valid: false, problem: 'a registration without a cluster id' };
  return { valid: true, value: { id, organizationId: textOf(fields.get('organizationId')) ?? '' } };
}

/** 64-bit numbers come as strings (protobuf's JSON mapping). */
function checkAgentConfig(fields: JsonFields): SuccessBody<AgentConfig> {
  const intervalSeconds = Number(fields.get('intervalSeconds') ?? Number.NaN);
  const resync = fields.get('resync') === true;
  return { valid: true, value: intervalSeconds > 0 ? { intervalSeconds, resync } : { resync } };
}

function checkRequestId(fields: JsonFields): SuccessBody<string> {
  const id = textOf(fields.get('requestId'));
  return id === undefined || id.length > 128 ? { valid: false, problem: 'no request id' } : { valid: true, value: id };
}

function acceptAnyJson(): SuccessBody<undefined> {
  return { valid: true, value: undefined };
}

function initDataPath(clusterId: string): string {
  return `/v1/kubernetes/external-clusters/${encodeURIComponent(clusterId)}/aks-init-data`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
