import { Agent, type Dispatcher, request } from 'undici';

/** A Kubernetes object or list as JSON; only what every kind has is spelled out. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ApiMetadata;
  readonly spec?: Record<string, unknown>;
  readonly status?: unknown;
  readonly items?: readonly ApiObject[];
  readonly [field: string]: unknown;
}

/** The part of ObjectMeta and ListMeta that callers read. */
interface ApiMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly [field: string]: unknown;
}

/** The server answered with a status of 400 or above. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status code. */
  readonly status: number;
  /** The decoded Status object, or text: 404 and 503 of an absent API group are not JSON. */
  readonly body: unknown;

  constructor(message: string, answer: { status: number; body: unknown }) {
    super(message);
    this.status = answer.status;
    this.body = answer.body;
  }
}

/** Sends JSON requests as one user. */
export interface ApiClient {
  /**
   * Sends one request and returns the decoded answer. `path` starts with a slash and may carry a query. A PATCH is a
   * JSON patch when its body is an array, else a merge patch. Never retries: tests want to see every answer.
   * Throws ApiError for a status of 400 or above, undici's error when there is no answer within 30 s.
   */
  readonly request: (method: ApiMethod, path: string, body?: unknown) => Promise<ApiObject>;
  /** Closes the connections at once. */
  readonly close: () => Promise<void>;
}

/** What clients here send. */
export type ApiMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Where the server is and who asks. */
export interface ApiClientOptions {
  readonly url: string;
  /** PEM text of the server's CA; not for plain HTTP. */
  readonly ca?: string;
  /** Bearer token; none means anonymous. */
  readonly token?: string;
  /** Keep-alive connections kept at most; 4 unless told. */
  readonly connections?: number;
}

const ANSWER_TIMEOUT_MS = 30_000;

/** Makes a client for one user; nothing is sent before the first request. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const dispatcher = new Agent({
    connect: options.ca === undefined ? {} : { ca: options.ca },
    connections: options.connections ?? 4,
    // One request per connection, else undici 8 puts them all on a single HTTP/2 one.
    allowH2: false,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  });
  const authorization = options.token === undefined ? undefined : `Bearer ${options.token}`;
  return {
    request: (method, path, body) =>
      requestApi({ dispatcher, url: options.url, authorization }, method, { path, body }),
    async close() {
      await dispatcher.destroy();
    },
  };
}

/** Where one request goes. */
export interface ApiTarget {
  readonly dispatcher: Dispatcher;
  /** Address of the server without a trailing slash. */
  readonly url: string;
  /** Value of the header; none means anonymous. */
  readonly authorization: string | undefined;
}

/** Sends one request and decodes its answer as `ApiClient.request` says. */
export async function requestApi(
  target: ApiTarget,
  method: ApiMethod,
  { path, body }: { readonly path: string; readonly body?: unknown },
): Promise<ApiObject> {
  const answer = await request(`${target.url}${path}`, {
    dispatcher: target.dispatcher,
    method,
    headers: {
      // The keys of service account tokens come in no other.
      accept: 'application/json, application/jwk-set+json',
      ...(target.authorization === undefined ? {} : { authorization: target.authorization }),
      ...(body === undefined ? {} : { 'content-type': contentType(method, body) }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await answer.body.text();
  const isJson = /^application\/(?:jwk-set\+)?json/u.test(String(answer.headers['content-type']));
  const decoded: unknown = isJson ? JSON.parse(text) : text;
  if (answer.statusCode < 400) return (isJson ? decoded : {}) as ApiObject;
  throw new ApiError(`${method} ${path} was answered ${answer.statusCode}: ${reason(decoded)}`, {
    status: answer.statusCode,
    body: decoded,
  });
}

function contentType(method: ApiMethod, body: unknown): string {
  if (method !== 'PATCH') return 'application/json';
  return Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
}

function reason(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message);
  return String(body).trim();
}
