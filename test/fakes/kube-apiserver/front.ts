import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@castai/shared/async/clock.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { AccessControl, AccessRequest } from './access.ts';
import { AGGREGATED_TYPE, BETA_AGGREGATED_TYPE, type Discovery } from './discovery.ts';
import type { FaultAction, FaultPlan } from './faults.ts';
import { type StreamFault, faultyOutlet } from './faulty-outlet.ts';
import { serveList } from './list.ts';
import { type MetricsApiState, PodMetricsLists } from './metrics-api.ts';
import { acceptsGzip, negotiate, wantsProtobuf } from './negotiate.ts';
import type { Objects } from './objects.ts';
import { HttpOutlet, type Outlet, sendJson, sendText, writePieces } from './outlet.ts';
import { readBody } from './read-body.ts';
import { protobufMessage, Renderers } from './render.ts';
import { jsonFrame } from './render-json.ts';
import { protobufStatus } from './render-protobuf.ts';
import type { Renderer } from './renderer.ts';
import { type RequestInfo, type ResourceTarget, parseRequest } from './request-info.ts';
import type { RequestLog } from './request-log.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { ResourceTable } from './resource-table.ts';
import { resourceTypeId } from './resource-type.ts';
import { PlainTextError, StatusError, notFound, pathNotFound } from './status-error.ts';
import type { Store } from './store.ts';
import { type Watch, type WatchSettings, serveWatch } from './watch.ts';
import { serveWrite } from './write.ts';
import type { WriteWitness } from './write-witness.ts';

/** How the server behaves; may be changed while it runs. */
export interface Settings extends WatchSettings {
  watchList: boolean;
  bookmarkMs: number;
  watchBufferBytes: number;
  expiredAsStatus: boolean;
  /** Milliseconds that a request waits for a resourceVersion of the future. */
  futureWaitMs: number;
  /** `beta`: as Kubernetes 1.26 to 1.29, which know the aggregated form as `v2beta1` only; `legacy`: as those before, which do not know it. */
  discovery: 'aggregated' | 'beta' | 'legacy';
  metricsApi: MetricsApiState;
  /** What /version says. */
  gitVersion: string;
}

/** What requests are answered from. */
export interface FrontContext {
  readonly store: Store;
  readonly table: ResourceTable;
  readonly objects: Objects;
  readonly access: AccessControl;
  readonly discovery: Discovery;
  readonly faults: FaultPlan;
  readonly requests: RequestLog;
  readonly writes: WriteWitness;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly watches: Set<Watch>;
  /** Answers a request under /_fake/. */
  readonly control: (request: IncomingMessage, outlet: Outlet) => Promise<void>;
}

interface Answering {
  readonly info: RequestInfo;
  readonly outlet: Outlet;
  readonly action: FaultAction | undefined;
  readonly onRenderer: (renderer: Renderer) => void;
}

/** Answers HTTP requests: faults first, then who asks, whether he may, and what for. */
export class Front {
  readonly #context: FrontContext;
  readonly #renderers = new Renderers();
  readonly #podMetrics = new PodMetricsLists();

  constructor(context: FrontContext) {
    this.#context = context;
  }

  /** Never throws: what goes wrong becomes the answer. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const outlet = new HttpOutlet(response);
    this.#handle(request, outlet).catch((error: unknown) => sendError(outlet, error, request));
  };

  async #handle(request: IncomingMessage, outlet: Outlet): Promise<void> {
    const { requests, faults, clock, control } = this.#context;
    const info = parseRequest(request.method ?? 'GET', request.url ?? '/');
    if (info.path.startsWith('/_fake/')) return control(request, outlet);
    requests.add(info, {
      at: clock.now(),
      userAgent: request.headers['user-agent'],
      accept: request.headers.accept ?? '',
    });
    const action = faults.take(info, request.headers.accept);
    if (action?.type === 'hang') return;
    if (action?.type === 'reset') return outlet.reset();
    if (action?.type === 'respond') return respond(outlet, action, request);
    if (action?.type === 'delay') await this.#sleep(action.ms);
    // The form of the answer, when it is clear what that is of.
    let frameOf = jsonFrame;
    const foreign = (data: unknown): Buffer => frameOf(data);
    const out = isStreamFault(action) ? faultyOutlet(outlet, action, { clock, foreign }) : outlet;
    const onRenderer = (found: Renderer): void => {
      frameOf = (data) => found.foreign(data);
    };
    await this.#answer(request, { info, outlet: out, action, onRenderer }).catch((error: unknown) =>
      sendError(out, error, request),
    );
  }

  async #answer(request: IncomingMessage, { info, outlet, action, onRenderer }: Answering): Promise<void> {
    const { access } = this.#context;
    const user = access.authenticate(request.headers.authorization);
    const { target } = info;
    if (target === undefined) return this.#answerPath(request, { info, outlet, user });
    if (target.resource === 'selfsubjectaccessreviews') return this.#review(request, { outlet, user });
    const { group, resource, subresource } = target;
    const namespace = resource === 'namespaces' && group === '' ? (target.name ?? target.namespace) : target.namespace;
    const wanted = { group, resource, subresource, namespace };
    access.authorize(user, { verb: info.verb, ...wanted });
    const authorizeCreation = (): void => access.authorize(user, { verb: 'create', ...wanted });
    if (group === 'metrics.k8s.io') return this.#answerMetrics(outlet, target);
    const resourceRequest = this.#resourceRequest(request, { info, outlet, target, action, authorizeCreation });
    onRenderer(resourceRequest.renderer);
    await this.#answerResource(resourceRequest, request);
  }

  #resourceRequest(
    request: IncomingMessage,
    parts: Pick<ResourceRequest, 'info' | 'outlet' | 'authorizeCreation'> & {
      target: ResourceTarget;
      action: FaultAction | undefined;
    },
  ): ResourceRequest {
    const { info, outlet, target, action, authorizeCreation } = parts;
    const { group, version, resource, namespace, name, subresource } = target;
    const type = this.#context.table.find(group, version, resource);
    if (type === undefined || (namespace !== undefined && !type.namespaced)) throw pathNotFound();
    const hasSubresource =
      (subresource === 'status' && type.hasStatus) || (subresource === 'eviction' && resourceTypeId(type) === 'pods');
    if (subresource !== undefined && !hasSubresource) throw pathNotFound();
    const hasProtobuf = protobufMessage(type, version) !== undefined;
    const { form, isProtobuf } = negotiate(request.headers.accept, { verb: info.verb, hasProtobuf });
    return {
      info,
      type,
      version,
      namespace,
      name,
      subresource,
      renderer: this.#renderers.find({ type, version, isMetadataOnly: form === 'metadata', isProtobuf }),
      outlet,
      isFormUnknown: form === 'unknown',
      acceptsGzip: acceptsGzip(request.headers['accept-encoding']),
      authorizeCreation,
      listFault: action?.type === 'list' ? action : undefined,
    };
  }

  async #answerResource(request: ResourceRequest, message: IncomingMessage): Promise<void> {
    const { info, type, outlet, renderer, name, namespace } = request;
    if (!type.verbs.includes(info.verb)) {
      const text = 'the server does not allow this method on the requested resource';
      throw new StatusError({ code: 405, reason: 'MethodNotAllowed', message: text });
    }
    const waitForFuture = (): Promise<void> => this.#sleep(this.#context.settings.futureWaitMs);
    switch (info.verb) {
      case 'list':
        return serveList(request, { store: this.#context.store, waitForFuture });
      case 'watch':
        // Measured: not an error, but 200 and the end, without a single event.
        if (request.isFormUnknown) return sendBytes(request, 200, Buffer.alloc(0));
        return serveWatch(request, { ...this.#context, open: this.#context.watches, waitForFuture });
      case 'get': {
        const found = this.#context.objects.get({ type, namespace, name: name ?? '' });
        return sendBytes(request, 200, renderer.single(found));
      }
      default: {
        const given = await readBody(message);
        const { status, body } = this.#context.writes.watch({ request, body: given }, () =>
          serveWrite(request, { ...this.#context, body: given, headers: message.headers }),
        );
        return Buffer.isBuffer(body) ? sendBytes(request, status, body) : sendJson(outlet, status, { body });
      }
    }
  }

  #answerPath(
    request: IncomingMessage,
    { info, outlet, user }: { info: RequestInfo; outlet: Outlet; user: string },
  ): void {
    const { access, settings } = this.#context;
    if (['/healthz', '/livez', '/readyz'].includes(info.path)) return sendText(outlet, 200, 'ok');
    if (info.path === '/version') return sendJson(outlet, 200, { body: versionDocument(settings.gitVersion) });
    access.authorizePath(user, info.path);
    const root = /^\/(apis?)\/?$/u.exec(info.path)?.[1] as 'api' | 'apis' | undefined;
    if (root !== undefined) return this.#answerDiscovery(request, outlet, root);
    const [, core, group = '', version = ''] = /^\/(?:api\/([^/]+)|apis\/([^/]+)\/([^/]+))$/u.exec(info.path) ?? [];
    const document = this.#context.discovery.legacyResources(group, core ?? version);
    if (document === undefined) throw pathNotFound();
    if (document === 'stale') throw new PlainTextError(503, 'service unavailable');
    sendJson(outlet, 200, { body: document });
  }

  #answerDiscovery(request: IncomingMessage, outlet: Outlet, root: 'api' | 'apis'): void {
    const { discovery, settings } = this.#context;
    const accepted = (request.headers.accept ?? '').replaceAll(/\s/gu, '');
    const type = settings.discovery === 'beta' ? BETA_AGGREGATED_TYPE : AGGREGATED_TYPE;
    if (settings.discovery === 'legacy' || !accepted.includes(type)) {
      const body = root === 'api' ? discovery.legacyCore() : discovery.legacyGroups();
      return sendJson(outlet, 200, { body });
    }
    const { body, etag } = discovery.aggregated(root, settings.discovery === 'beta' ? 'v2beta1' : 'v2');
    const headers = { etag, 'cache-control': 'public', vary: 'Accept' };
    if (request.headers['if-none-match'] !== etag) {
      return sendJson(outlet, 200, { body, headers: { ...headers, 'content-type': type } });
    }
    outlet.head(304, headers);
    outlet.end();
  }

  async #answerMetrics(outlet: Outlet, { resource, namespace, name }: ResourceTarget): Promise<void> {
    const { store, table, settings, clock } = this.#context;
    if (settings.metricsApi === 'absent' || resource !== 'pods') throw pathNotFound();
    if (settings.metricsApi === 'down') throw new PlainTextError(503, 'service unavailable');
    const type = table.mustFindKind('v1', 'Pod');
    const stored = store.kind(resourceTypeId(type)).sorted();
    const pods = stored.filter((pod) => namespace === undefined || pod.namespace === namespace);
    if (name !== undefined) throw notFound('pods', name, 'metrics.k8s.io');
    const pieces = this.#podMetrics.pieces(type, pods, new Date(clock.now()));
    await writePieces(outlet, pieces, { 'content-type': 'application/json' });
  }

  async #review(request: IncomingMessage, { outlet, user }: { outlet: Outlet; user: string }): Promise<void> {
    const { access } = this.#context;
    access.authorizePath(user, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews');
    const review = (await readBody(request)) as { spec?: { resourceAttributes?: Partial<AccessRequest> } };
    const { verb = '', group = '', resource = '', subresource, namespace } = review.spec?.resourceAttributes ?? {};
    const wanted = { verb, group, resource, subresource, namespace: namespace === '' ? undefined : namespace };
    const allowed = access.allows(user, wanted);
    const status = { allowed, ...(allowed ? { reason: 'RBAC: allowed by ClusterRoleBinding "fake"' } : {}) };
    sendJson(outlet, 201, {
      body: { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata: {}, ...review, status },
    });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#context.clock.setTimer(ms, resolve);
    });
  }
}

function versionDocument(gitVersion: string): unknown {
  const [major = '1', minor = '0'] = gitVersion.replace(/^v/u, '').split('.');
  return { major, minor, gitVersion, gitCommit: '0'.repeat(40), gitTreeState: 'clean', platform: 'linux/amd64' };
}

function isStreamFault(action: FaultAction | undefined): action is StreamFault {
  return action !== undefined && !['respond', 'delay', 'hang', 'reset', 'list'].includes(action.type);
}

function respond(
  outlet: Outlet,
  { status, headers = {}, body = '' }: Extract<FaultAction, { type: 'respond' }>,
  request: IncomingMessage,
): void {
  const { type, bytes } = rendered(body, request);
  outlet.head(status, { 'content-type': type, 'content-length': String(bytes.length), ...headers });
  outlet.write(bytes);
  outlet.end();
}

/** A Status in the form that was asked for, a text as it is, anything else as JSON. */
function rendered(body: unknown, { headers }: IncomingMessage): { readonly type: string; readonly bytes: Buffer } {
  if (typeof body === 'string') return { type: 'text/plain; charset=utf-8', bytes: Buffer.from(body) };
  if (isRecord(body) && body['kind'] === 'Status' && wantsProtobuf(headers.accept)) {
    return { type: 'application/vnd.kubernetes.protobuf', bytes: protobufStatus(body) };
  }
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(body)) };
}

function sendBytes({ outlet, renderer }: ResourceRequest, status: number, body: Buffer): void {
  outlet.head(status, { 'content-type': renderer.contentType.whole, 'content-length': String(body.length) });
  outlet.write(body);
  outlet.end();
}

function sendError(outlet: Outlet, error: unknown, request: IncomingMessage): void {
  if (outlet.isClosed) return;
  if (error instanceof PlainTextError) {
    sendText(outlet, error.code, error.message);
    return;
  }
  const failure =
    error instanceof StatusError
      ? error
      : new StatusError({
          code: 500,
          reason: 'InternalError',
          message: `the fake API server failed: ${String(error)}`,
        });
  const { body, headers } = failure;
  // Who could be given nothing is told so in JSON.
  if (body.code === 406) return sendJson(outlet, 406, { body, headers });
  const { type, bytes } = rendered(body, request);
  outlet.head(body.code, { ...headers, 'content-type': type, 'content-length': String(bytes.length) });
  outlet.write(bytes);
  outlet.end();
}
