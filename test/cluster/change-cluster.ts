import { isDeepStrictEqual } from 'node:util';
import { type ApiClient, ApiError } from './api-client.ts';
import { writeObjects } from './write-objects.ts';
import { type Change, randomChange } from '../samples/random-change.ts';
import type { SampleObject } from '../samples/sample-cluster.ts';
import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';

/** A kind of objects to change. */
export interface ChangedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural name, as in paths. */
  readonly resource: string;
  /** How often one of them is picked, compared with the other kinds. */
  readonly weight: number;
}

/** What is changed, and by whom. */
export interface ChangerOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly random: SeededRandom;
  readonly kinds?: readonly ChangedKind[];
  /** Only objects of this namespace; all unless told. */
  readonly namespace?: string;
  /** Whether conditions flip too, which only those may do whose cluster it is. True unless told. */
  readonly writesStatus?: boolean;
}

/** What changes in a living cluster, as the fake's churn weighs it. */
const USUAL_KINDS: readonly ChangedKind[] = [
  { apiVersion: 'v1', kind: 'Pod', resource: 'pods', weight: 75 },
  { apiVersion: 'v1', kind: 'Node', resource: 'nodes', weight: 10 },
  { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments', weight: 6 },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', resource: 'replicasets', weight: 8 },
  { apiVersion: 'v1', kind: 'Service', resource: 'services', weight: 1 },
];

const MAX_CANDIDATES = 500;
/** Refusals in a row after which something is wrong with more than one object. */
const MAX_REFUSALS = 20;

/** Changes objects of a cluster at random through its API, as churn does inside of the fake. */
export class ClusterChanger {
  readonly #options: ChangerOptions;
  readonly #kinds: readonly ChangedKind[];
  #candidates: Map<ChangedKind, SampleObject[]> | undefined;

  constructor(options: ChangerOptions) {
    this.#options = options;
    this.#kinds = options.kinds ?? USUAL_KINDS;
  }

  /**
   * Makes so many changes, one after the other. An object that cannot be changed, because somebody else deleted it or
   * the server does not allow that change, is let go for another one. Throws the ApiError when that never ends, and an
   * Error in a cluster without objects to change.
   */
  async change(count: number): Promise<void> {
    let refusals = 0;
    for (let done = 0; done < count;) {
      const [kind, object] = await this.#pick();
      try {
        await this.#perform(kind, randomChange(this.#options.random, object), object);
        done += 1;
        refusals = 0;
      } catch (error) {
        refusals += 1;
        if (!(error instanceof ApiError) || error.status >= 500 || refusals > MAX_REFUSALS) throw error;
        this.#forget(kind, object);
      }
    }
  }

  async #pick(): Promise<[ChangedKind, SampleObject]> {
    const { random } = this.#options;
    this.#candidates ??= new Map(
      await Promise.all(this.#kinds.map(async (kind) => [kind, await this.#list(kind)] as const)),
    );
    const present = [...this.#candidates].filter(([, objects]) => objects.length > 0);
    let left = random.next() * present.reduce((sum, [{ weight }]) => sum + weight, 0);
    for (const [kind, objects] of present) {
      left -= kind.weight;
      if (left <= 0) return [kind, random.pick(objects)];
    }
    throw new Error('the cluster has no objects to change');
  }

  async #list(kind: ChangedKind): Promise<SampleObject[]> {
    const { client, namespace } = this.#options;
    const path = collection(kind, namespace);
    const { items = [] } = await client.request('GET', `${path}?limit=${MAX_CANDIDATES}`);
    return items.map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }) as SampleObject);
  }

  async #perform(kind: ChangedKind, change: Change, before: SampleObject): Promise<void> {
    const { client } = this.#options;
    const { name, namespace } = before.metadata;
    const path = `${collection(kind, namespace)}/${name}`;
    if (change.type === 'update') return this.#update(path, change.object, before);
    if (change.type !== 'create') {
      // There is no kubelet to end a pod gracefully, and no collector for what others own.
      await client.request('DELETE', path, { gracePeriodSeconds: 0, propagationPolicy: 'Background' });
      this.#forget(kind, before);
    }
    if (change.type === 'delete') return;
    await writeObjects([creatable(change.object)], { client, concurrency: 1, onWritten: () => undefined });
    this.#candidates?.get(kind)?.push(change.object);
  }

  async #update(path: string, after: SampleObject, before: SampleObject): Promise<void> {
    const { client, writesStatus = true, random } = this.#options;
    const status = changed(conditionsOf(after), conditionsOf(before));
    if (status !== undefined && writesStatus) {
      await client.request('PATCH', `${path}/status`, { status: { conditions: status } });
      return;
    }
    const replicas = changed(replicasOf(after), replicasOf(before));
    const annotations = { ...after.metadata.annotations, 'example.com/touched': random.hex(12) };
    await client.request('PATCH', path, {
      metadata: replicas === undefined ? { annotations } : {},
      ...(replicas === undefined ? {} : { spec: { replicas } }),
    });
  }

  #forget(kind: ChangedKind, object: SampleObject): void {
    const left = this.#candidates?.get(kind)?.filter((one) => one !== object);
    if (left !== undefined) this.#candidates?.set(kind, left);
  }
}

function collection({ apiVersion, resource }: ChangedKind, namespace: string | undefined): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${resource}`;
}

function conditionsOf({ status }: SampleObject): unknown {
  return (status as { conditions?: unknown } | undefined)?.conditions;
}

function replicasOf({ spec }: SampleObject): unknown {
  return (spec as { replicas?: unknown } | undefined)?.replicas;
}

function changed(after: unknown, before: unknown): unknown {
  return isDeepStrictEqual(after, before) ? undefined : after;
}

/** Without what the server chose for the life before: the addresses of a service, the selector of a job. */
function creatable(object: SampleObject): SampleObject {
  const {
    clusterIP: _address,
    clusterIPs: _addresses,
    selector,
    ...spec
  } = { ...(object['spec'] as object) } as Record<string, unknown>;
  if (object.kind === 'Service') return { ...object, spec: { ...spec, selector, clusterIP: 'None' } };
  if (object.kind !== 'Job') return object;
  const { template } = spec as { template?: { metadata?: unknown } };
  const { labels: _labels, ...metadata } = object.metadata;
  return { ...object, metadata, spec: { ...spec, template: { ...template, metadata: {} } } };
}
