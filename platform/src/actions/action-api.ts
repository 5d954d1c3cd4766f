/**
 * What somebody wants done in a cluster, between the page and the cluster controller: `POST /clusters/{id}/actions` of the page, if that is
 * allowed, and the controller's calls (facts: its wire), `GET …/actions`, `POST …/actions/{id}/ack` and `POST …/actions/logs`.
 *
 * An action is handed out at each poll until it is acknowledged or too old: an acknowledgement may be lost, and who polls may be another one.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Answer, json } from '../answer/answer.ts';
import { forbidden, invalid, Refusal, unknownCluster } from '../answer/refusal.ts';
import type { ApiKeys } from '../front/api-keys.ts';
import { pageDocument } from '../front/page-document.ts';
import { refuseForeignPage } from '../front/refuse-foreign.ts';
import { bodySource, readRequestBody } from '../front/request-body.ts';
import { checkLog, type Fields, parseJson } from '../front/request-json.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import { type ControllerPoll, parseControllerVerdict } from './controller-poll.ts';
import { findNode } from './find-node.ts';
import { NODE_ACTIONS, nodeAction, type NodeWish } from './node-action.ts';

/** What it needs. */
export interface ActionApiOptions {
  readonly store: Pick<PlatformStore, 'actions' | 'addReport' | 'cluster' | 'feeds' | 'objectsAfter'>;
  readonly apiKeys: ApiKeys;
  readonly now: () => number;
  /** Whether anything may be wanted on the page, by whoever reaches it. */
  readonly mayAct: boolean;
}

// Ids are those that the platform gave: none has anything to be escaped.
const PAGE_CALL = /^\/clusters\/([^/%]+)\/actions$/;
const CONTROLLER_CALL = /^\/v1\/kubernetes\/clusters\/([^/%]+)\/actions(?:\/logs|\/([^/%]+)\/ack)?$/;
const MAX_BYTES = 64 * 1024;

/**
 * Nobody wants a drain of yesterday carried out today. A drain is handed out for as long as it may take besides: a controller that takes over
 * in the middle goes on only with what it is asked for.
 */
const EXPIRES_MS = 60 * 60_000;
const DRAIN_SECONDS = 600;
const MOST_DRAIN_SECONDS = 3_600;

/** Answers both. */
export class ActionApi {
  readonly #options: ActionApiOptions;
  /** By cluster, each of which is registered. */
  readonly #polls = new Map<string, ControllerPoll>();

  constructor(options: ActionApiOptions) {
    this.#options = options;
  }

  /** The newest poll of a cluster's controller; `undefined`: there was none since the start. */
  lastPoll(cluster: string): ControllerPoll | undefined {
    return this.#polls.get(cluster);
  }

  /** The answer; `undefined`: the request is for none of them. Throws `Refusal`. */
  async answer(request: IncomingMessage, url: URL): Promise<Answer | undefined> {
    const ofPage = PAGE_CALL.exec(url.pathname);
    if (ofPage !== null) return this.#want(request, ofPage[1] ?? '');
    const ofController = CONTROLLER_CALL.exec(url.pathname);
    if (ofController === null) return undefined;
    const [, cluster = '', id] = ofController;
    this.#options.apiKeys.authorize(request.headers, { call: 'actions', cluster });
    if (!(await this.#options.store.cluster(cluster))) throw unknownCluster(cluster);
    if (url.pathname.endsWith('/logs')) return this.#log(request, cluster);
    return id === undefined ? this.#handOut(request, cluster) : this.#acknowledge(request, cluster, id);
  }

  async #want(request: IncomingMessage, cluster: string): Promise<Answer> {
    refuseForeignPage(request);
    const { store, now, mayAct } = this.#options;
    mustBe('POST', request);
    if (!mayAct)
      throw forbidden('nothing is asked of clusters here: ALLOW_ACTIONS=true lets whoever sees the page do so');
    const body = await pageDocument(request, 'an action');
    const name = body['node'];
    if (typeof name !== 'string') throw invalid('node must be the name of a node');
    const wish = wishOf(body);
    const row = await store.cluster(cluster);
    if (row === undefined) throw unknownCluster(cluster);
    const node = await findNode(store, row, name);
    if (node === undefined) throw new Refusal(404, 'NOT_FOUND', { message: `the cluster has no node ${name}` });
    const document = nodeAction(node, wish);
    if (document === undefined) throw invalid(`nothing says which machine ${name} is: it has no id of a provider`);
    const id = randomUUID();
    const createdAtMs = now();
    const wanted = {
      id,
      cluster,
      node: name,
      name: wish.name,
      document,
      createdAtMs,
      expiresAtMs: createdAtMs + EXPIRES_MS + (wish.name === 'drain' ? wish.drainSeconds * 1000 : 0),
    };
    if (await store.actions.want(wanted)) return json(201, { id });
    throw new Refusal(409, 'CONFLICT', { message: `${wish.name} of ${name} waits already, or too much does` });
  }

  async #handOut(request: IncomingMessage, cluster: string): Promise<Answer> {
    mustBe('GET', request);
    const { store, now } = this.#options;
    this.#polls.set(cluster, { atMs: now(), verdict: parseControllerVerdict(request.headers['x-castai-verdict']) });
    const rows = await store.actions.handOut(cluster, now());
    const items = rows.map(({ id, createdAtMs, document }) => ({
      id,
      createdAt: new Date(createdAtMs).toISOString(),
      ...document,
    }));
    return json(200, { items });
  }

  async #acknowledge(request: IncomingMessage, cluster: string, id: string): Promise<Answer> {
    mustBe('POST', request);
    const { error = null } = await bodyOf(request);
    if (error !== null && typeof error !== 'string') throw invalid('error must be a text or null');
    const { store, now } = this.#options;
    const isKnown = await store.actions.acknowledge({ cluster, id, error: error === '' ? null : error, atMs: now() });
    if (!isKnown) throw new Refusal(404, 'NOT_FOUND', { message: `the cluster has no action ${id}` });
    return json(200, {});
  }

  async #log(request: IncomingMessage, cluster: string): Promise<Answer> {
    mustBe('POST', request);
    const { store, now } = this.#options;
    const body = checkLog({ logEvent: await bodyOf(request) });
    await store.addReport({ cluster, kind: 'log', body, atMs: now() });
    return json(200, {});
  }
}

async function bodyOf(request: IncomingMessage): Promise<Fields> {
  return parseJson(await readRequestBody(bodySource(request), MAX_BYTES));
}

function mustBe(method: string, request: IncomingMessage): void {
  if (request.method !== method) throw new Refusal(405, 'METHOD_NOT_ALLOWED', { message: `this call is a ${method}` });
}

/** What is wanted. Throws `Refusal` 400. */
function wishOf(body: Fields): NodeWish {
  const name = NODE_ACTIONS.find((known) => known === body['action']);
  if (name === undefined) throw invalid(`action must be one of ${NODE_ACTIONS.join(', ')}`);
  const { force = false, drainSeconds = DRAIN_SECONDS } = body;
  if (typeof force !== 'boolean') throw invalid('force must be true or false');
  if (typeof drainSeconds !== 'number' || !(drainSeconds >= 1 && drainSeconds <= MOST_DRAIN_SECONDS)) {
    throw invalid(`drainSeconds must be a number from 1 to ${MOST_DRAIN_SECONDS}`);
  }
  return { name, force, drainSeconds: Math.round(drainSeconds) };
}
