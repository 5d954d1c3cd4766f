import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../async/clock.ts';
import { CastaiError, errorCodeOf, toCastaiError } from '../errors.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';
import type { Logger } from '../log/logger.ts';
import type { MetricsRegistry } from '../metrics/metrics.ts';
import { describeVerdict } from '../verdict/describe-verdict.ts';
import { limitConnections } from './connection-limit.ts';
import { endSilent, NEVER_MS } from './end-silent.ts';
import type { Health } from './health.ts';
import { inTurns } from './in-turns.ts';
import { isOwnHost } from './own-host.ts';
import { renderStatusPage } from './status-page.ts';
import type { StatusDocument } from './status-document.ts';

/** What the admin server shows and where. */
export interface AdminServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Address to listen on; empty: every address of the machine, IPv6 and IPv4, or IPv4 alone where IPv6 is switched off. */
  readonly host: string;
  readonly health: Health;
  readonly registry: Pick<MetricsRegistry, 'expose'>;
  readonly status: () => StatusDocument;
  /** Further answers, always as JSON, by path. Undefined: there is nothing to tell yet, which is a 503. */
  readonly documents?: Readonly<Record<string, () => object | undefined>>;
  /** What must not be shown, by value: who may ask is not decided here. */
  readonly secrets: Pick<KnownSecrets, 'redact'>;
  readonly logger: Logger;
  /** The latest lines of the log. */
  readonly recentLog: { readonly text: string };
  readonly clock: Pick<Clock, 'setTimer' | 'monotonicMs'>;
}

/** A running admin server. */
export interface AdminServer {
  readonly port: number;
  /** Stops listening, closes idle connections, gives running answers a second. */
  close(): Promise<void>;
}

/** The longest a running answer may hold up `close`. */
const CLOSE_MS = 1_000;
/** Who may ask is not decided here, so anybody may hold connections: few enough for the memory of the smallest program. */
const MOST_CONNECTIONS = 256;
/** From the handshake to the request a probe takes milliseconds. */
const GRACE_MS = 1_000;
/** Who has not asked by then does not want to know anything. */
const SILENT_MS = 5_000;

/**
 * Serves what probes, scrapers and people ask of a program, all of it read-only:
 *
 * - `/healthz`: 200 as long as the event loop turns. It looks at nothing outside the process, because a liveness probe
 *   that fails while the platform or the API server is down restarts every agent at the worst moment.
 * - `/readyz`: 200, or 503 with one reason per line. `?verbose` adds the verdict, which also tells what no restart cures.
 * - `/metrics`: text format of Prometheus.
 * - `/statusz`: a page for people, which refreshes itself; `?paused`: which does not. `/` leads there.
 * - `/logz`: the latest lines of the log, for whoever asks from this machine (`kubectl exec`, a port that is forwarded): it says more
 *   than the others, and they are open to the whole cluster.
 *
 * `?format=json` makes `/readyz` and `/statusz` answer JSON. Everything but `/healthz` is answered under names of this server only, see
 * `own-host.ts`. A probe is answered however many connections are held open, see `connection-limit.ts`, and whatever is asked for on them. Throws `PORT_IN_USE`, or `CONFIG_INVALID` when the address cannot be used.
 */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  let arrived = 0;
  const turn = inTurns(() => arrived);
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // A page or a report takes milliseconds, and whoever likes asks for one on each connection that there is: the probe goes before.
    const { socket } = request;
    if (pathOf(request) !== '/healthz')
      await turn({ address: socket.remoteAddress ?? '', isGone: () => socket.destroyed });
    if (!socket.destroyed) await respond(options, request, response);
  };
  const server = createServer(
    { maxHeaderSize: 8_192, connectionsCheckingInterval: NEVER_MS },
    (request, response) => void serve(request, response),
  );
  server.on('connection', () => (arrived += 1));
  // One answer for each connection: what is kept open is a place for whoever wants to fill them, hundreds of requests in one packet would all
  // be answered before anybody's probe, and a body that nobody asked for is read no further once its request is answered.
  server.maxRequestsPerSocket = 1;
  endSilent(server, SILENT_MS, options.clock);
  limitConnections(server, { most: MOST_CONNECTIONS, graceMs: GRACE_MS, nowMs: () => options.clock.monotonicMs() });
  await listen(server, options);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { port, close: () => close(server, options.clock) };
}

function pathOf({ url }: IncomingMessage): string {
  return URL.parse(url ?? '', 'http://admin')?.pathname ?? '';
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Where to look instead. */
  readonly location?: string;
}

/** How an answer is wanted: as JSON, and with all there is to say. */
interface Wanted {
  readonly asJson: boolean;
  readonly isVerbose: boolean;
  /** Not refreshed by itself. */
  readonly isPaused: boolean;
}

type Route = (options: AdminServerOptions, wanted: Wanted) => Answer | Promise<Answer>;

const text = (status: number, body: string): Answer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body: `${body}\n`,
});
const json = (status: number, value: unknown): Answer => ({
  status,
  contentType: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value)}\n`,
});

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/healthz', () => text(200, 'ok')],
  ['/readyz', answerReadiness],
  ['/metrics', answerMetrics],
  ['/statusz', answerStatus],
  ['/logz', ({ recentLog }) => ({ ...text(200, ''), body: recentLog.text })],
  ['/', leadToStatus],
]);

function answerReadiness({ health, status: document }: AdminServerOptions, { asJson, isVerbose }: Wanted): Answer {
  const readiness = health.readiness();
  const status = readiness.ready ? 200 : 503;
  const verdict = isVerbose ? document().verdict : undefined;
  const said = verdict === undefined ? {} : { verdict };
  if (asJson) return json(status, { ...readiness, ...said });
  const lines = readiness.ready ? ['ok'] : readiness.reasons;
  return text(status, [...lines, ...(verdict === undefined ? [] : [describeVerdict(verdict)])].join('\n'));
}

async function answerMetrics({ registry }: AdminServerOptions): Promise<Answer> {
  const { contentType, text: body } = await registry.expose();
  return { status: 200, contentType, body };
}

function answerStatus({ status }: AdminServerOptions, { asJson, isPaused }: Wanted): Answer {
  const document = status();
  if (asJson) return json(200, document);
  return { status: 200, contentType: 'text/html; charset=utf-8', body: renderStatusPage(document, { isPaused }) };
}

/** Whoever opens the port in a browser wants to see something. */
function leadToStatus(): Answer {
  return { ...text(302, 'see /statusz'), location: '/statusz' };
}

function notFound({ documents = {} }: AdminServerOptions): string {
  return `not found; there are ${[...[...ROUTES.keys()].filter((path) => path !== '/'), ...Object.keys(documents)].join(', ')}`;
}

function documentRoute({ documents = {} }: AdminServerOptions, path: string): Route | undefined {
  const document = Object.hasOwn(documents, path) ? documents[path] : undefined;
  if (document === undefined) return undefined;
  return () => {
    const value = document();
    return value === undefined ? text(503, 'there is nothing to tell yet') : json(200, value);
  };
}

async function respond(options: AdminServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, contentType, location, ...shown } = await answer(options, request);
  const body = options.secrets.redact(shown.body);
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
    ...(location === undefined ? {} : { location }),
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  // The other side may go on sending a body for ever: nobody waits for its end.
  response.once('finish', () => request.socket.destroySoon());
  // Node leaves out the body of an answer to HEAD by itself.
  response.end(body);
}

/** Never rejects: what a handler throws is logged here and answered with 500. */
async function answer(options: AdminServerOptions, request: IncomingMessage): Promise<Answer> {
  const url = URL.parse(request.url ?? '', 'http://admin');
  const { pathname: path } = url ?? { pathname: '' };
  const route = ROUTES.get(path) ?? documentRoute(options, path);
  if (route === undefined) return text(404, notFound(options));
  const refusal = refuse(request, path);
  if (refusal !== undefined) return refusal;
  try {
    return await route(options, wantedIn(url));
  } catch (error) {
    const problem = toCastaiError(error, 'INTERNAL');
    const log = options.logger.throttled(`admin ${path}`, 60_000);
    log.error('the admin server could not answer', { component: 'admin', path, error: problem });
    return text(500, `${problem.code}: ${problem.message}`);
  }
}

function wantedIn(url: URL | null): Wanted {
  const query = url?.searchParams;
  return {
    asJson: query?.get('format') === 'json',
    isVerbose: query?.has('verbose') === true,
    isPaused: query?.has('paused') === true,
  };
}

/** Who may not ask for a path, and how nobody may. */
function refuse({ method, headers, socket }: IncomingMessage, path: string): Answer | undefined {
  if (path !== '/healthz' && !isOwnHost(headers.host)) {
    return text(403, 'this name is not known here: ask by address, by localhost, or by the name of the Service');
  }
  if (path === '/logz' && (!isOwnMachine(socket.remoteAddress) || wasForwarded(headers))) {
    return text(403, 'the log is shown on this machine only: kubectl exec or kubectl port-forward');
  }
  return method === 'GET' || method === 'HEAD' ? undefined : text(405, 'only GET and HEAD are answered');
}

/** The address of this machine, also as IPv6 sockets show it; 127.0.0.6 is that of a sidecar that hands on what came from outside. */
function isOwnMachine(address: string | undefined): boolean {
  return address === '::1' || /^(?:::ffff:)?127\.0\.0\.1$/u.test(address ?? '');
}

/** Whether a proxy on this machine has handed it on: a service mesh's sidecar does so for everybody. */
function wasForwarded(headers: IncomingMessage['headers']): boolean {
  return Object.keys(headers).some((name) => /^(?:x-forwarded-|x-envoy-|l5d-|forwarded$|via$)/u.test(name));
}

async function listen(server: Server, { port, host }: AdminServerOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const where = host === '' ? '' : ` of ${host}`;
  server.once('error', reject);
  server.listen(host === '' ? { port } : { port, host }, resolve);
  try {
    await promise;
  } catch (error) {
    if (errorCodeOf(error) === 'EADDRINUSE') {
      throw new CastaiError('PORT_IN_USE', `port ${port}${where} is in use`, {
        cause: error,
        hint: 'set ADMIN_PORT to a port that is free; a pod with hostNetwork shares its ports with the whole node',
      });
    }
    throw new CastaiError('CONFIG_INVALID', `cannot listen on port ${port}${where}`, {
      cause: error,
      hint: 'set ADMIN_HOST to an address of this machine, and ADMIN_PORT to a port above 1023',
    });
  }
  server.off('error', reject);
}

async function close(server: Server, clock: Pick<Clock, 'setTimer'>): Promise<void> {
  if (!server.listening) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.setTimer(CLOSE_MS, () => server.closeAllConnections());
  server.close(() => resolve());
  server.closeIdleConnections();
  await promise;
  cancel();
}
