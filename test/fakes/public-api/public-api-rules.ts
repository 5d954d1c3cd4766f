import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { SeenRequest } from '@castai/shared/testing/deltas-receiver.ts';

/** Registration knows these providers; those that do not apply are `null`. */
const PROVIDERS = ['eks', 'gke', 'kops', 'aks', 'openshift', 'anywhere', 'self_hosted_with_ec2_nodes'];
/** Kinds whose objects have never said their type, because readers of this API know them by their kind alone. */
const TYPED = new Set(
  (
    'Node Pod PersistentVolume PersistentVolumeClaim ReplicationController Namespace Service Event Deployment ReplicaSet DaemonSet ' +
    'StatefulSet StorageClass Job CronJob PodDisruptionBudget CSINode PodMetrics Ingress NetworkPolicy Role RoleBinding ClusterRole ' +
    'ClusterRoleBinding LimitRange ResourceQuota DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice ConfigMap'
  ).split(' '),
);
/** They have no uid, no version and no life of their own. */
const VIRTUAL = new Set(['PodMetrics']);
const HEAD_FIELDS = ['clusterId', 'clusterVersion', 'agentVersion', 'fullSnapshot', 'items', 'continuityToken'];
const ITEM_FIELDS = ['event', 'kind', 'data', 'createdAt'];
const RFC3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/u;
const DELTAS = /^\/v1\/kubernetes\/clusters\/([^/?]+)\/agent-deltas$/u;
const CONFIG = /^\/v1\/kubernetes\/clusters\/[^/?]+\/agent-config$/u;

/**
 * What the documents of the public API say of a request, taken by the letter: every field, type and header. Written from those documents
 * and not from any receiver of ours, so that what we understood wrongly on both sides shows.
 */
export class PublicApiRules {
  /** The fields of every object that was told and is not gone, by who it is. */
  readonly #told = new Map<string, readonly string[]>();
  readonly #givenTokens = new Set(['']);

  /** A token was given out: with an answer that may be lost. */
  gave(token: string): void {
    this.#givenTokens.add(token);
  }

  /** What the request breaks, in words. */
  problemsOf(request: SeenRequest): string[] {
    const { method, url, headers } = request;
    const problems = new Problems(`${method} ${url}`);
    problems.unless(method === 'POST', 'every call is a POST');
    problems.unless((headers['x-api-key'] ?? '') !== '', 'it has no key');
    problems.unless(/^castai-agent\/\S+$/u.test(headers['user-agent'] ?? ''), 'its user agent says no version');
    problems.unless(headers['content-type'] === 'application/json', 'its content type is not application/json');
    const body = parse(request.body, problems);
    const clusterId = DELTAS.exec(url)?.[1];
    if (clusterId !== undefined)
      this.#checkDelta(request, { body, clusterId: decodeURIComponent(clusterId) }, problems);
    else {
      problems.unless(headers['content-encoding'] === undefined, 'a call that is no delta is not compressed');
      problems.unless(headers['continuity-token'] === undefined, 'a call that is no delta has no token');
      if (url === '/v1/kubernetes/external-clusters') checkRegistration(body, problems);
      else if (CONFIG.test(url)) {
        problems.exactly(body, ['agentVersion', 'gitCommit'], 'the question for wishes');
        for (const [name, value] of Object.entries(body)) {
          problems.unless(typeof value === 'string', `${name} is no text`);
        }
      } else problems.unless(false, 'nobody serves this path');
    }
    return problems.found;
  }

  #checkDelta(
    { headers }: SeenRequest,
    { body, clusterId }: { body: Fields; clusterId: string },
    problems: Problems,
  ): void {
    const token = headers['continuity-token'];
    problems.unless(headers['content-encoding'] === 'gzip', 'a delta is compressed by gzip');
    problems.unless(typeof token === 'string', 'a delta has the header of the token, even where it is empty');
    problems.unless(this.#givenTokens.has(String(token)), `nobody gave out the token ${String(token)}`);
    problems.exactly(body, HEAD_FIELDS, 'the document');
    problems.unless(body['clusterId'] === clusterId, 'clusterId is not that of the path');
    problems.unless(/^\d+\.\d+\.\d+/u.test(String(body['clusterVersion'])), 'clusterVersion is no version without a v');
    problems.unless(/^v\S+$/u.test(String(body['agentVersion'])), 'agentVersion has no v');
    problems.unless(typeof body['fullSnapshot'] === 'boolean', 'fullSnapshot is neither true nor false');
    problems.unless(body['continuityToken'] === '', 'continuityToken of the body is empty, always');
    const { items } = body;
    problems.unless(Array.isArray(items), 'items is no list');
    if (body['fullSnapshot'] === true) this.#told.clear();
    const seen = new Set<string>();
    for (const item of Array.isArray(items) ? items : []) this.#checkItem(item, seen, problems);
  }

  #checkItem(item: unknown, seen: Set<string>, problems: Problems): void {
    if (!isRecord(item)) return problems.unless(false, 'an item is no object');
    problems.exactly(item, ITEM_FIELDS, 'an item');
    const { event, kind, data, createdAt } = item;
    problems.unless(/^(?:add|update|delete)$/u.test(String(event)), `there is no event ${String(event)}`);
    problems.unless(/^[A-Z][A-Za-z0-9]+$/u.test(String(kind)), `${String(kind)} is no kind`);
    problems.unless(RFC3339_UTC.test(String(createdAt)), `${String(createdAt)} is no time in UTC`);
    if (!isRecord(data) || !isRecord(data['metadata']))
      return problems.unless(false, 'the data of an item is no object');
    const { namespace = '', name, uid, resourceVersion, managedFields } = data['metadata'];
    const who = `${String(kind)} ${textOf(data['apiVersion'])} ${textOf(namespace)}/${textOf(name)}`;
    const check = (isRight: boolean, what: string): void => problems.unless(isRight, `${who}: ${what}`);
    check(typeof namespace === 'string' && typeof name === 'string' && name !== '', 'it has no name');
    check(managedFields === undefined, 'it has managed fields');
    const isTyped = TYPED.has(String(kind));
    check(!isTyped || (data['apiVersion'] === undefined && data['kind'] === undefined), 'a typed kind says its type');
    const saysType = typeof data['apiVersion'] === 'string' && data['kind'] === kind;
    check(isTyped || saysType, 'a kind that is not typed does not say its type');
    if (!VIRTUAL.has(String(kind))) {
      check(typeof uid === 'string' && uid !== '', `it has no uid (${String(event)})`);
      check(typeof resourceVersion === 'string' && resourceVersion !== '', `it has no version (${String(event)})`);
    }
    // Receivers have always got one item an object, in no particular order.
    check(!seen.has(who), 'one document has two items of it');
    seen.add(who);
    if (event === 'delete') {
      const lost = (this.#told.get(who) ?? []).filter((field) => data[field] === undefined);
      check(lost.length === 0 || VIRTUAL.has(String(kind)), `it went without its last known ${lost.join(', ')}`);
      this.#told.delete(who);
    } else this.#told.set(who, Object.keys(data));
  }
}

type Fields = Readonly<Record<string, unknown>>;

class Problems {
  readonly found: string[] = [];
  readonly #where: string;

  constructor(where: string) {
    this.#where = where;
  }

  unless(isRight: boolean, what: string): void {
    if (!isRight) this.found.push(`${this.#where}: ${what}`);
  }

  exactly(fields: Fields, names: readonly string[], what: string): void {
    const [got, want] = [Object.keys(fields).toSorted().join(' '), names.toSorted().join(' ')];
    this.unless(got === want, `${what} has the fields ${got} instead of ${want}`);
  }
}

function checkRegistration(body: Fields, problems: Problems): void {
  problems.exactly(body, ['id', 'name', ...PROVIDERS], 'a registration');
  problems.unless(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u.test(String(body['id'])), 'the id is no UUID');
  problems.unless(typeof body['name'] === 'string', 'the name is no text');
  const told = PROVIDERS.filter((provider) => body[provider] !== null);
  problems.unless(told.length === 1, `it tells of ${told.length} providers`);
  for (const provider of told) {
    const identity = body[provider];
    const values = isRecord(identity) ? Object.values(identity) : [undefined];
    problems.unless(
      values.every((value) => typeof value === 'string'),
      `what ${provider} says is not all text`,
    );
  }
}

function parse(body: Uint8Array, problems: Problems): Fields {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const value: unknown = JSON.parse(text);
    // Bytes that a parser loses are a key that is there twice. Signs of life are newlines.
    const isWhole = JSON.stringify(value) === text.replaceAll('\n', '');
    problems.unless(isWhole, 'the document says something twice, or more than JSON can');
    if (isRecord(value)) return value;
  } catch {
    // Said below.
  }
  problems.unless(false, 'it is no JSON object');
  return {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
