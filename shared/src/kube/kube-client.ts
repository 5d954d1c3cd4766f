import type { Clock } from '../async/clock.ts';
import { withDeadline } from '../async/deadline.ts';
import { exchange } from '../http/exchange.ts';
import type { AgentSource } from '../http/http-agents.ts';
import type { TheirClock } from '../http/their-clock.ts';
import { urlUnder } from '../http/url-under.ts';
import { classifyAnswer, classifyStatus } from './classify-kube.ts';
import { ACCEPT_OBJECTS } from './content-negotiation.ts';
import type { KubeCredentials } from './credentials.ts';
import { type KubeVerb, measured, type OnKubeAnswer } from './kube-answer.ts';
import { KubeError } from './kube-error.ts';
import { isRecord } from './kube-object.ts';
import { parseKubeJson } from './json/parse-kube-json.ts';
import { retryUnauthorized } from './retry-unauthorized.ts';

/** What the client is made of. */
export interface KubeClientOptions {
  readonly credentials: KubeCredentials;
  /** Asked for every request, so that a renewed CA is followed: `HttpAgents` of `credentials.connection`. */
  readonly agents: AgentSource;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'setTimer'>;
  /** `castai-agent/<version>`: what the cluster's audit log shows. */
  readonly userAgent: string;
  /** Told of every answer, and of every request that got none. */
  readonly onAnswer?: OnKubeAnswer;
  /** Told of the date of every answer. */
  readonly theirClock?: Pick<TheirClock, 'asked'>;
}

/** How a patch is written. A strategic merge replaces lists without a merge key whole, taints among them: use it for nothing. */
export type PatchType = 'application/json-patch+json' | 'application/merge-patch+json' | 'application/apply-patch+yaml';

/** A change of one object. */
export interface Patch {
  readonly contentType: PatchType;
  readonly body: unknown;
}

/** What somebody wants to do, for `canI`. */
export interface ResourceAttributes {
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  /** Such as `eviction`; absent: the object itself. */
  readonly subresource?: string | undefined;
  readonly verb: string;
  /** Absent: any. */
  readonly name?: string | undefined;
  /** Absent or empty: in all namespaces, or a resource that has none. */
  readonly namespace?: string | undefined;
}

/** A request in full, for answers that are no objects. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** An answer with status 200, 201 or 304. */
export interface KubeResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

const VERBS: Readonly<Record<KubeRequest['method'], KubeVerb>> = {
  GET: 'get',
  POST: 'create',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** From the request to the end of the answer. Everything asked for here is small. */
const TIMEOUT_MS = 30_000;
/** The discovery of a cluster with thousands of custom resources is a few MB. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Single requests to one API server. One attempt each: what to do after a failure is up to the caller. Only after a 401
 * the token is read anew and the request repeated, once.
 *
 * Everything that goes wrong is a `KubeError`; an abort is the signal's reason.
 */
export class KubeClient {
  readonly #options: KubeClientOptions;

  constructor(options: KubeClientOptions) {
    this.#options = options;
  }

  /** Reads one object. `KUBE_NOT_FOUND` if it does not exist. */
  async get(path: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    return this.#object({ method: 'GET', path }, signal);
  }

  /** Creates an object in the collection at `path` and gives it as stored. `KUBE_CONFLICT` if it exists. */
  async create(path: string, body: unknown, signal: AbortSignal): Promise<Record<string, unknown>> {
    const headers = { 'content-type': 'application/json' };
    return this.#object({ method: 'POST', path, headers, body }, signal);
  }

  /**
   * Changes an object and gives it as stored. `KUBE_CONFLICT` if its `metadata.resourceVersion` in a merge patch is not
   * the current one; `KUBE_INVALID` if a `test` of a JSON patch does not hold, or if the patch is malformed.
   */
  async patch(path: string, patch: Patch, signal: AbortSignal): Promise<Record<string, unknown>> {
    const headers = { 'content-type': patch.contentType };
    return this.#object({ method: 'PATCH', path, headers, body: patch.body }, signal);
  }

  /**
   * Deletes an object, on the conditions that `options` name (DeleteOptions). `KUBE_NOT_FOUND` if it does not exist, `KUBE_CONFLICT` if a
   * precondition does not hold. An object with finalizers, and a pod with a time of grace, is still there afterwards.
   */
  async delete(path: string, options: object, signal: AbortSignal): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    await this.send({ method: 'DELETE', path, headers, body: options }, signal);
  }

  /** Whether our own rights allow it, as the server's authorisers decide now (SelfSubjectAccessReview). */
  async canI(attributes: ResourceAttributes, signal: AbortSignal): Promise<boolean> {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: attributes },
    };
    const answer = await this.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, signal);
    const { status } = answer;
    if (isRecord(status) && typeof status['allowed'] === 'boolean') return status['allowed'];
    throw new KubeError('KUBE_SERVER_ERROR', 'the API server reviewed our access without a result');
  }

  /** Sends a request and gives the answer as it is if it is a success or a 304. */
  async send(request: KubeRequest, signal: AbortSignal): Promise<KubeResponse> {
    const { credentials, clock, onAnswer } = this.#options;
    const measuring = { verb: VERBS[request.method], clock, onAnswer };
    return retryUnauthorized(credentials, () => measured(measuring, () => this.#attempt(request, signal)), signal);
  }

  async #object(request: KubeRequest, signal: AbortSignal): Promise<Record<string, unknown>> {
    const value = parseKubeJson((await this.send(request, signal)).text);
    if (!isRecord(value) || (IS_OBJECT.test(request.path) && !saysKind(value))) {
      throw new KubeError('KUBE_STREAM_BROKEN', 'the API server answered with something that is not an object', {
        hint: 'a proxy or load balancer may answer in the place of the API server: check that its address leads there',
      });
    }
    // Some servers answer 200 and put the error into the body.
    const fault = classifyStatus(value);
    if (fault === undefined) return value;
    throw fault;
  }

  async #attempt(request: KubeRequest, signal: AbortSignal): Promise<KubeResponse> {
    const deadline = { ms: TIMEOUT_MS, clock: this.#options.clock, overdue };
    return withDeadline(deadline, (attemptSignal) => this.#exchange(request, attemptSignal), signal);
  }

  async #exchange(request: KubeRequest, signal: AbortSignal): Promise<KubeResponse> {
    const { credentials, agents, userAgent, clock, theirClock } = this.#options;
    const authorization = await credentials.authorization();
    const onDate = theirClock?.asked();
    const answer = await exchange(
      {
        agents,
        method: request.method,
        url: urlUnder(credentials.server, request.path),
        headers: {
          accept: ACCEPT_OBJECTS,
          'user-agent': userAgent,
          ...request.headers,
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      },
      { successBytes: MAX_BODY_BYTES, errorBytes: MAX_ERROR_BYTES },
      signal,
    );
    const { status, headers, bytes, truncated } = answer;
    onDate?.({ date: headers.get('date'), age: headers.get('age') });
    const isGood = (status >= 200 && status < 300) || status === 304;
    if (!isGood) {
      const [contentType, retryAfter] = [headers.get('content-type'), headers.get('retry-after')];
      const told = { path: request.path, status, contentType, retryAfter, body: bytes };
      throw classifyAnswer({ ...told, nowMs: clock.now(), redact: agents.redact });
    }
    if (truncated) throw new KubeError('KUBE_FRAME_TOO_LARGE', `the answer has more than ${MAX_BODY_BYTES} bytes`);
    return { status, headers, text: Buffer.from(bytes).toString('utf8') };
  }
}

/** Where all answers are objects; `/version` and its like say no kind. */
const IS_OBJECT = /^\/apis?\//u;

/**
 * Every object of an API server says its kind. What says none is somebody else's answer: read as an object it would be one with nothing in
 * it, a lease that nobody holds or a memory that is empty.
 */
function saysKind({ kind }: Readonly<Record<string, unknown>>): boolean {
  return typeof kind === 'string' && kind !== '';
}

function overdue(): KubeError {
  return new KubeError('KUBE_UNREACHABLE', `the API server gave no complete answer within ${TIMEOUT_MS / 1000} s`);
}
