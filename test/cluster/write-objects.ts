import { asCreateBody, type SampleObject } from '../samples/sample-cluster.ts';
import { type ApiClient, ApiError, type ApiObject } from './api-client.ts';
import { ResourcePaths } from './resource-paths.ts';
import { waitUntil } from './wait-until.ts';

/** Who writes, how many objects at a time. */
export interface WriteOptions {
  /** Sends the requests; it should have as many connections as `concurrency`. */
  readonly client: Pick<ApiClient, 'request'>;
  /** Objects written at the same time. */
  readonly concurrency: number;
  /** Called after every object. */
  readonly onWritten: (object: SampleObject) => void;
}

/**
 * Writes objects into an API server the way a cluster's own controllers do: one manager creates, another one writes
 * the status. Namespaces, definitions and owners have to come before what needs them. Uids by which objects name each
 * other are replaced by those that the server gave. An object that exists already keeps everything but its status.
 * Throws the ApiError of the first object that is refused; others may have been written by then.
 */
export async function writeObjects(objects: Iterable<SampleObject>, options: WriteOptions): Promise<void> {
  const writer = new Writer(options.client);
  // One iterator for all: every worker takes the next object, so no object waits for one that nobody has taken.
  const source = objects[Symbol.iterator]();
  let hasFailed = false;
  const work = async (): Promise<void> => {
    for (let next = source.next(); next.done !== true && !hasFailed; next = source.next()) {
      try {
        await writer.write(next.value);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
      options.onWritten(next.value);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, work));
}

const SERVED_TIMEOUT_MS = 30_000;

class Writer {
  readonly #client: Pick<ApiClient, 'request'>;
  readonly #paths: ResourcePaths;
  /** Namespaces by name and custom kinds by apiVersion and kind, settled when others may use them. */
  readonly #prerequisites = new Map<string, Promise<unknown>>();
  /** The uid that the server gave, by the uid that the object came with. */
  readonly #uids = new Map<string, Promise<string | undefined>>();

  constructor(client: Pick<ApiClient, 'request'>) {
    this.#client = client;
    this.#paths = new ResourcePaths(client);
  }

  async write(object: SampleObject): Promise<void> {
    const created = this.#create(object);
    // Noted before the first await, so that the objects that come next find it. A failure is thrown by the await below.
    const given = created.then((answer) => answer.metadata?.uid).catch(() => undefined);
    const { name, uid } = object.metadata;
    if (uid !== undefined) this.#uids.set(uid, given);
    if (object.kind === 'Namespace') this.#prerequisites.set(name, given);
    if (object.kind === 'CustomResourceDefinition') {
      const custom = customKind(object);
      const served = created.then(() => this.#waitUntilServed(custom));
      this.#prerequisites.set(`${custom.apiVersion} ${custom.kind}`, served);
      await served;
    }
    await this.#writeRest(object, await created);
  }

  async #create(object: SampleObject): Promise<ApiObject> {
    await this.#prerequisites.get(object.metadata.namespace ?? '');
    await this.#prerequisites.get(`${object.apiVersion} ${object.kind}`);
    const { collection } = await this.#paths.find(object);
    const url = `${collection}?fieldManager=${managerOf(object, undefined)}`;
    try {
      return await this.#client.request('POST', url, await this.#withGivenUids(asCreateBody(object)));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
      return this.#client.request('GET', `${collection}/${object.metadata.name}`);
    }
  }

  async #writeRest(object: SampleObject, created: ApiObject): Promise<void> {
    const { collection, hasStatus } = await this.#paths.find(object);
    const url = `${collection}/${object.metadata.name}`;
    if (hasStatus && object['status'] !== undefined) {
      const query = `fieldManager=${managerOf(object, 'status')}`;
      await this.#client.request('PUT', `${url}/status?${query}`, { ...created, status: object['status'] });
    }
    if (object.kind === 'Node') {
      // Admission taints every new node as not ready; the node controller, which we do not have, takes that away.
      const { taints = null } = object['spec'] as { readonly taints?: unknown };
      await this.#client.request('PATCH', `${url}?fieldManager=kube-controller-manager`, { spec: { taints } });
    }
  }

  /** A new kind is answered 404 and then 429 for a moment after its definition is there. */
  async #waitUntilServed(custom: SampleObject): Promise<void> {
    await waitUntil({
      failure: `${custom.apiVersion} ${custom.kind} is not served`,
      timeoutMs: SERVED_TIMEOUT_MS,
      check: async () => {
        try {
          const { collection } = await new ResourcePaths(this.#client).find(custom);
          return await this.#client.request('GET', `${collection}?limit=1`);
        } catch {
          return undefined; // The deadline decides.
        }
      },
    });
  }

  async #withGivenUids(body: SampleObject): Promise<SampleObject> {
    const references = body.metadata.ownerReferences ?? [];
    const ownerReferences = await Promise.all(references.map((reference) => this.#withGivenUid(reference)));
    const { involvedObject } = body;
    return {
      ...body,
      metadata: { ...body.metadata, ownerReferences },
      ...(isReference(involvedObject) ? { involvedObject: await this.#withGivenUid(involvedObject) } : {}),
    };
  }

  async #withGivenUid<T extends { readonly uid: string }>(reference: T): Promise<T> {
    return { ...reference, uid: (await this.#uids.get(reference.uid)) ?? reference.uid };
  }
}

function isReference(value: unknown): value is { readonly uid: string } {
  return typeof value === 'object' && value !== null && 'uid' in value;
}

/** An object of the kind that the definition defines; only good for finding its path. */
function customKind(definition: SampleObject): SampleObject {
  const { group, names, versions } = definition['spec'] as {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string }[];
  };
  return { apiVersion: `${group}/${versions[0]?.name}`, kind: names.kind, metadata: { name: '' } };
}

/** The manager that owns the object's fields, or its status, as the object's managedFields tell. */
function managerOf(object: SampleObject, subresource: 'status' | undefined): string {
  const entries = (object.metadata.managedFields ?? []) as readonly {
    readonly manager: string;
    readonly subresource?: string;
  }[];
  return encodeURIComponent(entries.find((entry) => entry.subresource === subresource)?.manager ?? 'castai-seed');
}
