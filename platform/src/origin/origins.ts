/** Who a report is from: what the token of its pod says, held against the node that the report is about. */
import type { IncomingHttpHeaders } from 'node:http';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import type { Origin } from './origin.ts';
import type { BoundObject } from './parse-pod-claims.ts';
import { type PodTokens, refused } from './pod-tokens.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A report as it came. */
export interface ReportedNode {
  readonly cluster: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Fields;
}

/** What origins are found with. */
export interface OriginsOptions {
  readonly store: Pick<PlatformStore, 'feeds' | 'objects'>;
  readonly tokens: Pick<PodTokens, 'check'>;
}

/** Header with the token. */
const HEADER = 'pod-token';
/** By which the platform knows a node that it made. */
const NODE_ID_LABEL = 'provisioner.cast.ai/node-id';
const POOL_LABEL = 'kubernetes.azure.com/agentpool';
/** Stands in for `spec.providerID`, which nobody can change. */
const PROVIDER_ID_ANNOTATION = 'provisioner.cast.ai/override-provider-id';

/** Finds origins. */
export class Origins {
  readonly #options: OriginsOptions;

  constructor(options: OriginsOptions) {
    this.#options = options;
  }

  /**
   * Of a delivery of init data, which names the uid of its node, and what other nodes will be made with it: those of its agent pool and
   * architecture, as the picture of the cluster has them. Throws `Refusal` 403 for a token that is not of that node, or of such a node.
   */
  async ofInitData(report: ReportedNode): Promise<Origin> {
    return this.#of(report, async (node) => {
      const { body, cluster } = report;
      const named = textOf(body['nodeUid']);
      if (named !== '' && named !== node.uid) throw refused(`it is of another node than ${named}`);
      // The older call names no pool.
      const pool = textOf(body['agentPool']);
      if (pool === '') return undefined;
      const known = await this.#nodeOf(cluster, node);
      if (known === undefined) return notYet(node);
      return (
        compare(node.name, { what: 'agent pool', reported: pool, known: poolsOf(known) }) ??
        compare(node.name, {
          what: 'architecture',
          reported: textOf(body['architecture']),
          known: texts(fieldsIn(known, 'status', 'nodeInfo')['architecture']),
        })
      );
    });
  }

  /**
   * Of an interruption, which names its node by what the platform or the cloud calls it; the picture of the cluster says which one that
   * is. Throws `Refusal` 403 for a token that is not of that node.
   */
  async ofInterruption(report: ReportedNode): Promise<Origin> {
    return this.#of(report, async (node) => {
      const { body, cluster } = report;
      // From others these come in camel case.
      const nodeId = textOf(body['node_id'] ?? body['nodeId']);
      const providerId = textOf(body['provider_id'] ?? body['providerId']);
      if (nodeId === '' && providerId === '') return undefined;
      const known = await this.#nodeOf(cluster, node);
      if (known === undefined) return notYet(node);
      const nodeIds = texts(fieldsIn(known, 'metadata', 'labels')[NODE_ID_LABEL]);
      return (
        compare(node.name, { what: 'node', reported: nodeId, known: nodeIds }) ??
        compare(node.name, { what: 'machine', reported: providerId.toLowerCase(), known: providerIdsOf(known) })
      );
    });
  }

  /** `judge` throws when the token's node is not the report's, and gives why when that cannot be told. */
  async #of(
    { cluster, headers }: ReportedNode,
    judge: (node: BoundObject) => Promise<string | undefined>,
  ): Promise<Origin> {
    const header = headers[HEADER];
    const finding = await this.#options.tokens.check(cluster, typeof header === 'string' ? header : undefined);
    if ('why' in finding) return { is: 'unproven', why: finding.why };
    const { namespace, pod, node } = finding.claims;
    if (node === undefined) return { is: 'unproven', why: 'the token names no node (Kubernetes before 1.30)' };
    const why = await judge(node);
    if (why !== undefined) return { is: 'unproven', why };
    return { is: 'proven', node: node.name, pod: `${namespace}/${pod.name}` };
  }

  /** The node as the agent told of it last. */
  async #nodeOf(cluster: string, { uid }: BoundObject): Promise<Fields | undefined> {
    const { store } = this.#options;
    const feeds = await store.feeds(cluster);
    for (const { key, group, resource } of feeds) {
      if (group !== '' || resource !== 'nodes') continue;
      const [found] = await store.objects(key, [uid]);
      const node: unknown = found === undefined ? undefined : JSON.parse(Buffer.from(found.body).toString());
      if (isRecord(node)) return node;
    }
    return undefined;
  }
}

/** Throws when what is reported is another's; gives why when the picture does not have it yet, as in a node's first seconds. */
function compare(
  name: string,
  { what, reported, known }: { readonly what: string; readonly reported: string; readonly known: readonly string[] },
): string | undefined {
  if (reported === '' || known.includes(reported)) return undefined;
  if (known.length === 0) return `the picture of the cluster does not have the ${what} of ${name} yet`;
  throw refused(`it is of ${name}, and the ${what} ${reported} is another one`);
}

function notYet({ name }: BoundObject): string {
  return `the picture of the cluster has no node ${name} yet`;
}

/** In lower case: Azure writes one id in several ways. */
function providerIdsOf(node: Fields): string[] {
  const own = fieldsIn(node, 'spec')['providerID'];
  const override = fieldsIn(node, 'metadata', 'annotations')[PROVIDER_ID_ANNOTATION];
  return texts(own, override).map((id) => id.toLowerCase());
}

/** The one that the scale set is named after, as AKS names them; the label, which root on a node can write, only of other machines. */
function poolsOf(node: Fields): string[] {
  const scaleSet = /\/virtualMachineScaleSets\/aks-(?<pool>[a-z\d]+)-\d+-vmss\//iu;
  const pool = scaleSet.exec(textOf(fieldsIn(node, 'spec')['providerID']))?.groups?.['pool'];
  return texts(pool?.toLowerCase() ?? fieldsIn(node, 'metadata', 'labels')[POOL_LABEL]);
}

function texts(...values: readonly unknown[]): string[] {
  return values.map(textOf).filter((text) => text !== '');
}

function fieldsIn(node: Fields, ...path: readonly string[]): Fields {
  let value: unknown = node;
  for (const name of path) value = isRecord(value) ? value[name] : undefined;
  return isRecord(value) ? value : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
