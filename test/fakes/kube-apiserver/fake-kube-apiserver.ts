import { type Clock, systemClock } from '@castai/shared/async/clock.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { AccessControl } from './access.ts';
import { Churn } from './churn.ts';
import { ControlApi } from './control.ts';
import { Discovery } from './discovery.ts';
import { FaultPlan } from './faults.ts';
import { Front, type Settings } from './front.ts';
import { Listener, type ServerKeys } from './listener.ts';
import { metricsGroup } from './metrics-api.ts';
import { type ObjectName, Objects } from './objects.ts';
import { RequestLog } from './request-log.ts';
import { ResourceTable } from './resource-table.ts';
import { type ResourceType, resourceTypeId } from './resource-type.ts';
import { type Backup, Store } from './store.ts';
import { decodeObject, encodeObject } from './stored-object.ts';
import type { Watch } from './watch.ts';
import { WriteWitness } from './write-witness.ts';

/** How a fake server differs from the usual one. Everything may be left out. */
export interface FakeKubeApiserverOptions {
  /** 0, a free one, unless told. */
  readonly port?: number;
  /** Serves HTTPS with these PEM texts. */
  readonly tls?: ServerKeys;
  /** User names by bearer token; `FAKE_TOKEN` for one service account unless told. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** Changes of each kind from which watches can be resumed; 10,000 unless told. */
  readonly historyEvents?: number;
  /** Added to every resourceVersion, for instance 2n ** 60n; 0 unless told. */
  readonly resourceVersionBase?: bigint;
  /** Behaviour that can also be changed later through `settings`. */
  readonly settings?: Partial<Settings>;
  /** What churn and default timeouts are made from; 1 unless told. */
  readonly seed?: number;
  readonly clock?: Clock;
}

/** Names an object as a manifest does. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** How the server comes back. */
export interface RestartOptions {
  /** False: everything is lost, as in another cluster. True unless told. */
  readonly keepState?: boolean;
  /** Whether watches can only be resumed from the newest resourceVersion. True unless told. */
  readonly historyLost?: boolean;
  /** Milliseconds in which connections are refused; 0 unless told. */
  readonly downMs?: number;
}

/** The token that is valid unless others are configured. */
export const FAKE_TOKEN = 'fake-token';

const DEFAULT_TOKENS = { [FAKE_TOKEN]: 'system:serviceaccount:castai-agent:castai-agent' };

const DEFAULT_SETTINGS: Settings = {
  watchList: true,
  bookmarkMs: 60_000,
  watchBufferBytes: 8 * 1024 * 1024,
  expiredAsStatus: false,
  futureWaitMs: 3000,
  discovery: 'aggregated',
  metricsApi: 'absent',
  gitVersion: 'v1.37.2',
};

/**
 * A server on 127.0.0.1 that behaves like kube-apiserver towards those who list, watch and write a little, and that
 * misbehaves on request. It is trusted where the contract suite in test/contract passes on it and on a real one.
 * There are no controllers and no admission. Kinds of which the agent has no table come as JSON to whoever asks for protobuf.
 */
export class FakeKubeApiserver implements AsyncDisposable {
  /** Behaviour that may be changed at any time. */
  readonly settings: Settings;
  /** What goes wrong. */
  readonly faults = new FaultPlan();
  /** Every request since the start. */
  readonly requests = new RequestLog();
  /** What clients have changed, told as it is carried out. */
  readonly writes: WriteWitness;
  /** Who may do what. */
  readonly access: AccessControl;
  /** Random changes, once or at a steady pace. */
  readonly churn: Churn;
  readonly #store: Store;
  readonly #table = new ResourceTable();
  readonly #objects: Objects;
  readonly #watches = new Set<Watch>();
  readonly #listener: Listener;
  readonly #clock: Clock;

  /** Starts a server with the namespaces that every cluster has. */
  static async start(options: FakeKubeApiserverOptions = {}): Promise<FakeKubeApiserver> {
    const server = new FakeKubeApiserver(options);
    await server.#listener.listen();
    return server;
  }

  private constructor(options: FakeKubeApiserverOptions) {
    const { historyEvents = 10_000, resourceVersionBase = 0n, seed = 1 } = options;
    this.#clock = options.clock ?? systemClock;
    this.settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.access = new AccessControl(options.tokens ?? DEFAULT_TOKENS);
    this.#store = new Store({ historyEvents, resourceVersionBase });
    const parts = { store: this.#store, table: this.#table, clock: this.#clock };
    this.#objects = new Objects({ ...parts, onTypeRemoved: (type) => this.#endWatches(type) });
    this.churn = new Churn({ ...parts, objects: this.#objects }, seed);
    this.writes = new WriteWitness(this.#store);
    const front = new Front({
      ...parts,
      objects: this.#objects,
      access: this.access,
      discovery: new Discovery(this.#table, () => metricsGroup(this.settings.metricsApi)),
      faults: this.faults,
      requests: this.requests,
      writes: this.writes,
      settings: this.settings,
      random: new SeededRandom(seed).next,
      watches: this.#watches,
      control: new ControlApi(this).handle,
    });
    this.#listener = new Listener({ port: options.port ?? 0, tls: options.tls, handle: front.handle });
    this.#createNamespaces();
  }

  /** `http://127.0.0.1:port` or https, without a trailing slash. */
  get url(): string {
    return this.#listener.url;
  }

  /** The newest resourceVersion of the cluster. */
  get resourceVersion(): string {
    return this.#store.revisions.format(this.#store.revisions.current);
  }

  /** Connections that are open, idle ones included. */
  get connections(): number {
    return this.#listener.connections;
  }

  /**
   * Puts objects into the cluster as they are, uid and status included, in place of those with the same name.
   * Returns how many. Throws an Error for a kind that is not served.
   */
  load(objects: Iterable<KubeObject>): number {
    let count = 0;
    for (const object of objects) {
      const type = this.#table.mustFindKind(object.apiVersion, object.kind);
      const { name, namespace } = object.metadata;
      const known = this.#find({ type, namespace, name });
      if (known !== undefined) this.#objects.purge({ type, namespace, name });
      this.#objects.create(type, object);
      count += 1;
    }
    return count;
  }

  /** Creates one object, status included. Returns it as stored. Throws StatusError 409 when it exists. */
  create(object: KubeObject): KubeObject {
    const type = this.#table.mustFindKind(object.apiVersion, object.kind);
    return decodeObject(type, this.#objects.create(type, object));
  }

  /** The object; undefined when there is none. */
  get(reference: ObjectReference): KubeObject | undefined {
    const found = this.#find(this.#nameOf(reference));
    return found === undefined ? undefined : decodeObject(this.#nameOf(reference).type, found);
  }

  /** Writes what `change` makes of a copy of the object. Returns it as stored. Throws StatusError 404. */
  update(reference: ObjectReference, change: (object: KubeObject) => void): KubeObject {
    const name = this.#nameOf(reference);
    const object = this.#objects.read(name);
    change(object);
    return decodeObject(name.type, this.#objects.update(name, object));
  }

  /** Deletes the object, whatever its finalizers. Throws StatusError 404. */
  delete(reference: ObjectReference): void {
    const name = this.#nameOf(reference);
    // A definition and a namespace take others with them.
    if (['customresourcedefinitions', 'namespaces'].includes(name.type.resource)) this.#objects.delete(name);
    else this.#objects.purge(name);
  }

  /** The objects of a kind named as `pods` or `deployments.apps`, or of all kinds. */
  objects(resource?: string): KubeObject[] {
    const types = this.#table.all().filter((type) => resource === undefined || resourceTypeId(type) === resource);
    return types.flatMap((type) =>
      this.#store
        .kind(resourceTypeId(type))
        .sorted()
        .map((object) => decodeObject(type, object)),
    );
  }

  /** How many objects there are of each kind, without reading them. */
  counts(): Record<string, number> {
    const sizes = this.#table.all().map((type) => [type.kind, this.#store.kind(resourceTypeId(type)).objects.size]);
    return Object.fromEntries(sizes.filter(([, size]) => size !== 0)) as Record<string, number>;
  }

  /** The watches that are open, of one plural name or all. */
  watches(resource?: string): Watch[] {
    return [...this.#watches].filter((watch) => resource === undefined || watch.type.resource === resource);
  }

  /** Sends the same foreign frame to open watches: an object as an event, a string as it is. */
  inject(data: unknown, resource?: string): void {
    for (const watch of this.watches(resource)) watch.inject(data);
  }

  /** Keeps at most so many changes of each kind for watches to be resumed from. */
  resizeHistory(events: number): void {
    this.#store.resizeHistory(events);
  }

  /** Makes every watch from an older resourceVersion than the newest, and every continue token, expire. */
  compact(): void {
    this.#store.forgetHistory();
    this.#store.expireSnapshots();
  }

  /** Makes continue tokens and exact lists of the past expire, but no watch. */
  expireContinueTokens(): void {
    this.#store.expireSnapshots();
  }

  /** Aborts all connections, and comes back on the same port. */
  async restart({ keepState = true, historyLost = true, downMs = 0 }: RestartOptions = {}): Promise<void> {
    this.stopListening();
    this.#listener.abortAll();
    if (!keepState) this.#wipe();
    if (historyLost) this.compact();
    if (downMs > 0) await new Promise<void>((resolve) => void this.#clock.setTimer(downMs, resolve));
    await this.listen();
  }

  /** Refuses new connections from now on; watches that are open live on, as after SIGTERM. */
  stopListening(): void {
    this.#listener.refuse();
  }

  /** Takes connections again on the same port. */
  async listen(): Promise<void> {
    await this.#listener.listen();
  }

  /** Aborts all connections with RST. */
  abortConnections(): void {
    this.#listener.abortAll();
  }

  /** Presents another certificate on new connections. */
  replaceKeys(keys: ServerKeys): void {
    this.#listener.replaceKeys(keys);
  }

  /**
   * Another version of Kubernetes is served from now on, which shows the objects of a kind (`pods`) with other defaults: by the same resourceVersion, and no
   * watch tells. `restart` comes before and after it in the world.
   */
  upgrade(gitVersion: string, resource: string, defaults: (object: KubeObject) => void): void {
    this.settings.gitVersion = gitVersion;
    for (const type of this.#table.all().filter((one) => resourceTypeId(one) === resource)) {
      this.#store.kind(resource).redefault((stored) => {
        const object = decodeObject(type, stored);
        defaults(object);
        return encodeObject(type, object, stored.revision);
      });
    }
  }

  /** Others write as well: so many versions pass without a change of an object. A history that is rewound does not soon come so far again. */
  skipRevisions(count: number): void {
    this.#store.skipRevisions(count);
  }

  /** Copies the whole cluster for `rewind`. */
  backup(): Backup {
    return this.#store.backup();
  }

  /**
   * Goes back to a backup as after an etcd restore: resourceVersions start again from then, and nobody is told. Ends
   * all connections, as the restore stops the server.
   */
  rewind(backup: Backup): void {
    this.#store.rewind(backup);
    this.abortConnections();
  }

  /**
   * Stops. Throws an Error that names requests which are still running two seconds later: whoever sent them did not
   * clean up. `force` closes them without complaint.
   */
  async stop({ force = false }: { force?: boolean } = {}): Promise<void> {
    this.churn.run(0);
    if (force) this.abortConnections();
    await this.#listener.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #createNamespaces(): void {
    for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
      const labels = { 'kubernetes.io/metadata.name': name };
      const body = { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
      this.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels }, ...body });
    }
  }

  #wipe(): void {
    for (const type of this.#table.all()) {
      const id = resourceTypeId(type);
      for (const { name, namespace } of this.#store.kind(id).sorted()) this.#objects.purge({ type, namespace, name });
      if (type.isCustom) this.#table.remove(type);
    }
    this.#createNamespaces();
  }

  #endWatches(type: ResourceType): void {
    const id = resourceTypeId(type);
    for (const watch of this.#watches) if (resourceTypeId(watch.type) === id) watch.end();
  }

  #nameOf({ apiVersion, kind, name, namespace }: ObjectReference): ObjectName {
    return { type: this.#table.mustFindKind(apiVersion, kind), namespace, name };
  }

  #find({ type, namespace, name }: ObjectName): ReturnType<Objects['get']> | undefined {
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    return this.#store.kind(resourceTypeId(type)).objects.get(key);
  }
}
