/**
 * The platform's front: finds who answers a request, and turns what they throw into the one error form.
 *
 * Whoever stands before it may answer requests in its place and still use its two steps, `answer` and `respond`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, json } from '../answer/answer.ts';
import { forbidden, Refusal } from '../answer/refusal.ts';
import type { AgentApi } from './agent-api.ts';
import type { ApiKeys } from './api-keys.ts';
import { bodySource } from './request-body.ts';
import { refuseForeignHost } from './refuse-foreign.ts';
import { agentRoute } from './route.ts';

/** Who answers what. */
export interface FrontOptions {
  readonly agentApi: AgentApi;
  readonly page: PageFront;
  readonly apiKeys: ApiKeys;
  /** Missing: nobody is told of anything. */
  readonly notifications?: OtherFront;
  /** What is wanted of clusters, which asks for its own keys. */
  readonly actions: OtherFront;
  /** The figures as Prometheus reads them. */
  readonly metrics: () => Promise<Answer>;
  /** Told of every request that is refused, before its answer goes out. Never rejects. */
  readonly onRefused: (refusal: Refusal, path: string) => Promise<void>;
  /** Told of errors that are the platform's own fault. */
  readonly onError: (error: unknown) => void;
}

/** As much of the page as the front has to do with. */
export interface PageFront {
  /** Starts the page's stream if the request is for it; false: it is not. */
  stream(request: IncomingMessage, response: ServerResponse, url: URL): boolean;
  /** The page's file or data at an address, or `undefined`. */
  answer(url: URL): Promise<Answer | undefined>;
}

/** As much of calls beside those of agents and the page as the front has to do with. */
export interface OtherFront {
  /** The answer of one of its calls, which it protects itself; `undefined`: the request is for none of them. Throws `Refusal`. */
  answer(request: IncomingMessage, url: URL): Promise<Answer | undefined>;
}

/** Where the platform's customers scrape the figures of their clusters; `/metrics` is the same without a key. */
const DOCUMENTED_METRICS = '/v1/metrics/prom';

const BASE = 'http://platform';

/** Answers requests. */
export class Front {
  readonly #options: FrontOptions;

  constructor(options: FrontOptions) {
    this.#options = options;
  }

  /** Answers one request, whatever comes. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.respond(request, response, () => this.answer(request, response));
  }

  /**
   * What goes back to a request; `undefined`: it is answered already, as a stream is. Throws `Refusal` for every answer that is
   * an error.
   */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    const { agentApi, page, metrics, notifications, actions } = this.#options;
    const url = requestUrl(request);
    const acted = await actions.answer(request, url);
    if (acted) return acted;
    const route = agentRoute(url.pathname);
    if (route && agentApi.serves(route.call))
      return agentApi.answer({ route, method: request.method ?? '', source: bodySource(request) });
    if (url.pathname === DOCUMENTED_METRICS) this.#authorizeScrape(request);
    else refuseForeignHost(request);
    if (page.stream(request, response, url)) return undefined;
    if (url.pathname === '/metrics' || url.pathname === DOCUMENTED_METRICS) return metrics();
    const shown = (await notifications?.answer(request, url)) ?? (await page.answer(url));
    if (shown) return shown;
    throw new Refusal(404, 'NOT_FOUND', { message: `there is nothing at ${url.pathname}` });
  }

  /**
   * Sends what `work` gives, or as an error what it throws. Where `work` gives `undefined` nothing is sent: it has answered by
   * itself, or closed the connection. Never rejects.
   */
  async respond(
    request: IncomingMessage,
    response: ServerResponse,
    work: () => Promise<Answer | undefined>,
  ): Promise<void> {
    try {
      const answer = await work();
      if (answer) send(request, response, answer);
    } catch (error) {
      if (response.headersSent || response.destroyed || request.errored) {
        response.destroy();
        return;
      }
      const refusal = this.#toRefusal(error);
      await this.#options.onRefused(refusal, requestUrl(request).pathname);
      send(request, response, errorAnswer(refusal));
    }
  }

  #authorizeScrape({ headers }: IncomingMessage): void {
    const [scheme, key = ''] = (headers.authorization ?? '').split(' ');
    const grant = scheme === 'Token' ? this.#options.apiKeys.grantOf(key) : undefined;
    if (grant === undefined) {
      throw new Refusal(401, 'UNAUTHORIZED', { message: 'the Authorization header holds no "Token" with a valid key' });
    }
    // Figures of every cluster: a key that is restricted to anything does not reach them.
    if (grant.cluster !== undefined || grant.role !== undefined) {
      throw forbidden('these figures want a key of the organisation, without cluster= and role=');
    }
  }

  #toRefusal(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    this.#options.onError(error);
    return new Refusal(500, 'INTERNAL', { message: 'the platform failed; its log says why' });
  }
}

function errorAnswer(refusal: Refusal): Answer {
  const { status, headers, body } = json(refusal.status, refusal);
  const { retryAfterSeconds } = refusal;
  return {
    status,
    headers: retryAfterSeconds === undefined ? headers : { ...headers, 'retry-after': String(retryAfterSeconds) },
    body,
  };
}

/** Where a request goes; only path and query mean anything. */
export function requestUrl({ url = '/' }: Pick<IncomingMessage, 'url'>): URL {
  return URL.parse(url, BASE) ?? new URL('/what-is-no-path', BASE);
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': String(Buffer.byteLength(answer.body)) });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
  // What is left of a request that nobody wanted to read would stand before the next one on this connection.
  request.resume();
}
