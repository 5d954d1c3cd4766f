import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '@castai/shared/async/clock.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { asEstablished, typeOfDefinition } from './custom-resources.ts';
import type { ResourceTable } from './resource-table.ts';
import { type ResourceType, resourceTypeId } from './resource-type.ts';
import { badRequest, conflict, invalid, notFound } from './status-error.ts';
import type { Store } from './store.ts';
import { type StoredObject, decodeObject, encodeObject, objectKey, touchedObject } from './stored-object.ts';

/** An object that exists or not. */
export interface ObjectName {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** What must hold for a deletion. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** What writes depend on. */
export interface ObjectsContext {
  readonly store: Store;
  readonly table: ResourceTable;
  readonly clock: Clock;
  /** Called after a kind has ceased to be served and its objects are gone. */
  readonly onTypeRemoved: (type: ResourceType) => void;
}

/** Reads and writes single objects by the rules of the API: uids, resourceVersions, conflicts, finalizers. */
export class Objects {
  readonly #context: ObjectsContext;
  readonly #isDry: boolean;

  constructor(context: ObjectsContext, isDry = false) {
    this.#context = context;
    this.#isDry = isDry;
  }

  /** The same with `dryRun=All`: checks and answers alike, and stores nothing. */
  get dry(): Objects {
    return new Objects(this.#context, true);
  }

  /** Throws 404. */
  get({ type, namespace, name }: ObjectName): StoredObject {
    const found = this.#kind(type).objects.get(objectKey(namespace, name));
    if (found === undefined) throw notFound(type.resource, name, type.group);
    return found;
  }

  /** The object as JSON. Throws 404. */
  read(name: ObjectName): KubeObject {
    return decodeObject(name.type, this.get(name));
  }

  /**
   * Stores a new object. A uid that it brings along is kept: uids of samples are known beforehand. Throws 400 without
   * a name, 409 when it exists.
   */
  create(type: ResourceType, object: KubeObject): StoredObject {
    const { generateName, name: given } = object.metadata as { generateName?: string; name?: string };
    const name = given ?? (generateName === undefined ? '' : `${generateName}${randomUUID().slice(0, 5)}`);
    if (name === '') throw badRequest('name or generateName is required');
    const { namespace } = object.metadata;
    checkTimes(type, object);
    checkTaints(type, object);
    if (this.#kind(type).objects.has(objectKey(namespace, name))) {
      throw conflict(`${type.resource} "${name}" already exists`, 'AlreadyExists');
    }
    const creationTimestamp = `${new Date(this.#context.clock.now()).toISOString().slice(0, 19)}Z`;
    const uid = object.metadata.uid ?? randomUUID();
    const generation = 'spec' in object ? { generation: 1 } : {};
    const metadata = { creationTimestamp, ...generation, ...object.metadata, name, uid };
    return this.#put(type, { ...object, metadata });
  }

  /**
   * Replaces an object, or its status alone. Nothing happens when nothing changes. Throws 404, 409 for a stale
   * resourceVersion or another uid, 422 for a lease or a custom resource without a resourceVersion.
   */
  update(name: ObjectName, object: KubeObject, part: 'all' | 'status' | 'not status' = 'all'): StoredObject {
    const { type } = name;
    const stored = this.get(name);
    const before = decodeObject(type, stored);
    checkIdentity(name, before, object);
    checkTimes(type, object);
    checkTaints(type, object);
    const after = combine(before, object, part);
    if (isDeepStrictEqual(after, before)) return stored;
    if ('spec' in before && !isDeepStrictEqual(before['spec'], after['spec'])) {
      after.metadata['generation'] = Number(before.metadata['generation'] ?? 1) + 1;
    }
    const isDeleting = after.metadata['deletionTimestamp'] !== undefined;
    if (isDeleting && finalizersOf(after).length === 0) return this.#remove(type, after);
    return this.#put(type, after);
  }

  /**
   * Deletes an object at once, or marks it while finalizers hold it; a namespace goes with everything in it, a custom
   * resource definition with its objects. Throws 404, and 409 when a precondition does not hold.
   */
  delete(name: ObjectName, preconditions: Preconditions = {}): StoredObject {
    const { type } = name;
    const object = this.read(name);
    for (const field of ['uid', 'resourceVersion'] as const) {
      const wanted = preconditions[field];
      if (wanted === undefined || wanted === object.metadata[field]) continue;
      const what = field === 'uid' ? 'UID' : 'ResourceVersion';
      const said = `${what} in precondition: ${wanted}, ${what} in object meta: ${object.metadata[field]}`;
      throw conflict(`Precondition failed: ${said}`);
    }
    if (finalizersOf(object).length > 0) {
      const deletionTimestamp = `${new Date(this.#context.clock.now()).toISOString().slice(0, 19)}Z`;
      return this.#put(type, { ...object, metadata: { deletionTimestamp, ...object.metadata } });
    }
    const id = resourceTypeId(type);
    if (id === 'namespaces') this.#emptyNamespace(name.name);
    const removed = this.#remove(type, object);
    if (id === 'customresourcedefinitions.apiextensions.k8s.io') this.#removeType(object);
    return removed;
  }

  /** Gives an object a new resourceVersion, and changes nothing else. */
  touch(type: ResourceType, stored: StoredObject): void {
    const { revisions } = this.#context.store;
    const revision = revisions.next();
    this.#kind(type).put(touchedObject(stored, { revision, resourceVersion: revisions.format(revision) }));
  }

  /** Removes an object whatever holds it; there are no controllers here that would let go. Throws 404. */
  purge(name: ObjectName): StoredObject {
    return this.#remove(name.type, this.read(name));
  }

  #removeType(definition: KubeObject): void {
    const { table } = this.#context;
    const wanted = typeOfDefinition(definition);
    const type = wanted === undefined ? undefined : table.byId(resourceTypeId(wanted));
    if (type === undefined || this.#isDry) return;
    for (const object of this.#kind(type).sorted()) this.#remove(type, decodeObject(type, object));
    table.remove(type);
    this.#context.onTypeRemoved(type);
  }

  #emptyNamespace(namespace: string): void {
    for (const type of this.#context.table.all()) {
      if (!type.namespaced) continue;
      const inside = this.#kind(type)
        .sorted()
        .filter((object) => object.namespace === namespace);
      for (const object of inside) this.#remove(type, decodeObject(type, object));
    }
  }

  #put(type: ResourceType, object: KubeObject): StoredObject {
    if (this.#isDry) return encodeObject(type, object, 0);
    const { store, table } = this.#context;
    let stored = object;
    if (resourceTypeId(type) === 'customresourcedefinitions.apiextensions.k8s.io') {
      stored = asEstablished(object);
      const custom = typeOfDefinition(stored);
      if (custom !== undefined) table.add(custom);
    }
    const version = this.#version(type, stored);
    store.kind(resourceTypeId(type)).put(version);
    return version;
  }

  #remove(type: ResourceType, object: KubeObject): StoredObject {
    if (this.#isDry) return encodeObject(type, object, 0);
    const version = this.#version(type, object);
    this.#kind(type).remove(version);
    return version;
  }

  #version(type: ResourceType, object: KubeObject): StoredObject {
    const { revisions } = this.#context.store;
    const revision = revisions.next();
    const { name, namespace, uid, ...rest } = object.metadata;
    const where = namespace === undefined ? {} : { namespace };
    const metadata = { name, ...where, ...rest, ...(uid === undefined ? {} : { uid }) };
    return encodeObject(
      type,
      { ...object, metadata: { ...metadata, resourceVersion: revisions.format(revision) } },
      revision,
    );
  }

  #kind(type: ResourceType): ReturnType<Store['kind']> {
    return this.#context.store.kind(resourceTypeId(type));
  }
}

function checkIdentity({ type, name }: ObjectName, before: KubeObject, object: KubeObject): void {
  const { resourceVersion, uid, name: given } = object.metadata as Partial<KubeObject['metadata']>;
  if (given !== undefined && given !== name)
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  if (uid !== undefined && uid !== before.metadata.uid) {
    throw conflict(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`);
  }
  if (resourceVersion === undefined) {
    if (type.isCustom || type.resource === 'leases') {
      throw invalid('metadata.resourceVersion', 'Invalid value: 0: must be specified for an update');
    }
    return;
  }
  if (resourceVersion !== before.metadata.resourceVersion) {
    throw conflict(`Operation cannot be fulfilled on ${type.resource} "${name}": the object has been modified`);
  }
}

/** Metadata that stays what it was whatever a client sends. */
const SERVER_SET = [
  'uid',
  'creationTimestamp',
  'generation',
  'resourceVersion',
  'namespace',
  'name',
  'deletionTimestamp',
];

function combine(before: KubeObject, object: KubeObject, part: 'all' | 'status' | 'not status'): KubeObject {
  const { apiVersion, kind } = before;
  const kept = Object.fromEntries(
    SERVER_SET.filter((field) => field in before.metadata).map((field) => [field, before.metadata[field]]),
  );
  const metadata = { ...object.metadata, ...kept, name: before.metadata.name };
  const written = { ...object, ...typeMeta({ apiVersion, kind }), metadata };
  if (part === 'status') return { ...before, ...('status' in object ? { status: object['status'] } : {}) };
  if (part === 'all') return written;
  const { status: _status, ...rest } = written as KubeObject;
  return { ...rest, ...('status' in before ? { status: before['status'] } : {}) };
}

function typeMeta({ apiVersion, kind }: { apiVersion: string | undefined; kind: string | undefined }): object {
  return { ...(apiVersion === undefined ? {} : { apiVersion }), ...(kind === undefined ? {} : { kind }) };
}

function finalizersOf(object: KubeObject): readonly unknown[] {
  return (object.metadata['finalizers'] ?? []) as readonly unknown[];
}

/** The real server decodes the times of a lease with exactly six digits of a second and refuses JavaScript's three. */
function checkTimes(type: ResourceType, object: KubeObject): void {
  if (type.resource !== 'leases') return;
  const { acquireTime, renewTime } = (object['spec'] ?? {}) as Record<string, string | null | undefined>;
  for (const time of [acquireTime, renewTime]) {
    if (time === undefined || time === null || /\.\d{6}(?:Z|[+-]\d\d:\d\d)$/u.test(time)) continue;
    throw badRequest(`parsing time ${JSON.stringify(time)}: a lease needs six digits after the second`);
  }
}

/** Two taints of one key and effect are refused: who adds one at the end of the list cannot add it a second time. */
function checkTaints(type: ResourceType, object: KubeObject): void {
  if (resourceTypeId(type) !== 'nodes') return;
  const { taints } = (object['spec'] ?? {}) as { taints?: readonly { key?: string; effect?: string }[] };
  const seen = new Set<string>();
  for (const [index, { key = '', effect = '' }] of (taints ?? []).entries()) {
    const pair = `${key} ${effect}`;
    if (seen.has(pair)) {
      throw invalid(`spec.taints[${index}]`, `Duplicate value: taints must be unique by key and effect pair (${pair})`);
    }
    seen.add(pair);
  }
}
