/** The platform's HTTP server: finds who answers a request, and turns what they throw into the one error form. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CONTROL_PREFIX, type ControlApi } from '@castai/test/platform-rig/control/control-api.ts';
import type { Counters } from '../observe/counters.ts';
import { METRICS_CONTENT_TYPE, metricsText } from '../observe/metrics-text.ts';
import type { PageApi } from '../page/page-api.ts';
import type { AgentApi } from './agent-api.ts';
import { Refusal } from '../answer/refusal.ts';
import { agentRoute } from './route.ts';
import { json, type Answer } from '../answer/answer.ts';

/** Who answers what. */
export interface ServerOptions {
  readonly agentApi: AgentApi;
  readonly controlApi: ControlApi;
  readonly pageApi: PageApi;
  readonly counters: Counters;
  /** Told of every request that is refused. */
  readonly onRefused: (refusal: Refusal, path: string) => void;
  /** Told of errors that are the platform's own fault. */
  readonly onError: (error: unknown) => void;
}

/** Longer than a heartbeat, so that an idle agent keeps its connection. */
const KEEP_ALIVE_MS = 75_000;

/** Where the platform's customers scrape the figures of their clusters; `/metrics` is the same without a key. */
const DOCUMENTED_METRICS = '/v1/metrics/prom';

/** Makes the server; the caller listens. */
export function createPlatformServer(options: ServerOptions): Server {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    // A request or an answer that breaks is its client's business; it is gone, and there is nobody to tell.
    response.on('error', () => {});
    void answer(request, response, options);
  });
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://platform');
    if (options.pageApi.stream(request, response, url)) return;
    if (url.pathname.startsWith(CONTROL_PREFIX) && (await options.controlApi.stream(request, response, url))) return;
    send(request, response, await find(request, url, options));
  } catch (error) {
    if (response.headersSent || response.destroyed || request.errored) {
      response.destroy();
      return;
    }
    const refusal = toRefusal(error, options);
    options.onRefused(refusal, request.url ?? '/');
    send(request, response, json(refusal.status, refusal));
  }
}

async function find(request: IncomingMessage, url: URL, options: ServerOptions): Promise<Answer | undefined> {
  const route = agentRoute(url.pathname);
  if (route) return options.agentApi.answer(request, route);
  if (url.pathname.startsWith(CONTROL_PREFIX)) return options.controlApi.answer(request, url);
  if (url.pathname === '/metrics' || url.pathname === DOCUMENTED_METRICS) {
    if (url.pathname === DOCUMENTED_METRICS) authorizeScrape(request, options);
    const { clusters, faultsShown } = options.controlApi.state();
    const shown = new Map(Object.entries(faultsShown)) as Parameters<typeof metricsText>[0]['faultsShown'];
    const body = metricsText({ clusters, counters: options.counters, faultsShown: shown });
    return { status: 200, headers: { 'content-type': METRICS_CONTENT_TYPE }, body };
  }
  const page = options.pageApi.file(url.pathname);
  if (page) return page;
  throw new Refusal(404, 'NOT_FOUND', { message: `there is nothing at ${url.pathname}` });
}

function authorizeScrape({ headers }: IncomingMessage, { agentApi }: ServerOptions): void {
  const [scheme, key = ''] = (headers.authorization ?? '').split(' ');
  if (scheme === 'Token' && agentApi.isKey(key)) return;
  throw new Refusal(401, 'UNAUTHORIZED', { message: 'the Authorization header holds no "Token" with a valid key' });
}

function send(request: IncomingMessage, response: ServerResponse, reply: Answer | undefined): void {
  if (!reply) {
    // Before the body was read this is a reset, afterwards an end without an answer: agents meet both.
    if (request.complete) request.socket.destroy();
    else request.socket.resetAndDestroy();
    return;
  }
  response.writeHead(reply.status, { ...reply.headers, 'content-length': String(Buffer.byteLength(reply.body)) });
  const { closeAfterMs } = reply;
  if (closeAfterMs !== undefined) {
    response.once('finish', () => setTimeout(() => request.socket.destroy(), closeAfterMs).unref());
  }
  response.end(request.method === 'HEAD' ? undefined : reply.body);
  // What is left of a request that nobody wanted to read would stand before the next one on this connection.
  request.resume();
}

function toRefusal(error: unknown, { onError }: ServerOptions): Refusal {
  if (error instanceof Refusal) return error;
  onError(error);
  return new Refusal(500, 'INTERNAL', { message: 'the platform failed; its log says why' });
}
