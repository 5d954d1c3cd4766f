import { Revisions } from './revisions.ts';
import type { StoredObject } from './stored-object.ts';
import { type StoredEvent, WatchHistory } from './watch-history.ts';

/** How a store differs from the usual one. */
export interface StoreOptions {
  /** Changes remembered for each kind. */
  readonly historyEvents: number;
  /** Added to every resourceVersion that clients see. */
  readonly resourceVersionBase: bigint;
}

/** A copy of everything at one revision. */
export interface Backup {
  readonly revision: number;
  readonly kinds: ReadonlyMap<string, ReadonlyMap<string, StoredObject>>;
}

/** All objects by kind, and what happened to them lately. Knows nothing of Kubernetes but the resourceVersion. */
export class Store {
  readonly revisions: Revisions;
  readonly #kinds = new Map<string, KindStore>();
  #historyEvents: number;
  #forgottenUpTo = 0;

  constructor({ historyEvents, resourceVersionBase }: StoreOptions) {
    this.revisions = new Revisions(resourceVersionBase);
    this.#historyEvents = historyEvents;
  }

  /** The objects of a kind, which is known from the first question on. */
  kind(id: string): KindStore {
    const known = this.#kinds.get(id);
    if (known !== undefined) return known;
    const made = new KindStore(this.revisions, this.#historyEvents);
    made.history.forget(this.#forgottenUpTo);
    this.#kinds.set(id, made);
    return made;
  }

  /** Remembers at most so many changes of each kind from now on. */
  resizeHistory(events: number): void {
    this.#historyEvents = events;
    for (const kind of this.#kinds.values()) kind.history.resize(events);
  }

  /** Forgets the past of all kinds, as a restarted server does. */
  forgetHistory(): void {
    this.#forgottenUpTo = this.revisions.current;
    for (const kind of this.#kinds.values()) kind.history.forget(this.revisions.current);
  }

  /** Makes every continue token and every exact list of the past expire. */
  expireSnapshots(): void {
    for (const kind of this.#kinds.values()) kind.expireSnapshots();
  }

  /** Others write as well, what no client lists here: versions go on without objects. */
  skipRevisions(count: number): void {
    this.revisions.skip(count);
  }

  /** Copies everything; cheap, because versions of objects never change. */
  backup(): Backup {
    const kinds = [...this.#kinds].map(([id, kind]) => [id, new Map(kind.objects)] as const);
    return { revision: this.revisions.current, kinds: new Map(kinds) };
  }

  /** Goes back to a backup: counter and objects as they were then, and nothing known about the way there. */
  rewind({ revision, kinds }: Backup): void {
    this.revisions.rewind(revision);
    this.#forgottenUpTo = revision;
    for (const [id, kind] of this.#kinds) kind.replace(kinds.get(id) ?? new Map());
  }
}

/** Keys that are put in their places one by one. */
const FEW = 8;
/** How many lists in pages may be going on at once before the oldest one expires. */
const MAX_SNAPSHOTS = 64;
/**
 * And how many objects their states may have together: each holds versions that nobody else does, 1.3 GB for 150,000 pods that change. The real
 * server forgets them after five to ten minutes, and the newest one is never forgotten here.
 */
const MAX_PINNED_OBJECTS = 400_000;

/** The objects of one kind: their present state, their latest changes, and past states while somebody pages through them. */
export class KindStore {
  readonly history: WatchHistory;
  readonly #revisions: Revisions;
  readonly #objects = new Map<string, StoredObject>();
  readonly #listeners = new Set<(event: StoredEvent) => void>();
  readonly #snapshots = new Map<number, readonly StoredObject[]>();
  /** Keys in the order of lists, but for those that were added since somebody asked for the order. */
  #keys: string[] = [];
  #added: string[] = [];
  #sorted: readonly StoredObject[] | undefined;
  #lastChange: number;
  #exactFrom: number;

  constructor(revisions: Revisions, historyEvents: number) {
    this.#revisions = revisions;
    this.#lastChange = revisions.current;
    this.#exactFrom = 0;
    this.history = new WatchHistory(0, historyEvents);
  }

  /** The present state by key. */
  get objects(): ReadonlyMap<string, StoredObject> {
    return this.#objects;
  }

  /** Takes a new version of an object and tells the listeners before it returns. */
  put(object: StoredObject): void {
    const previous = this.#objects.get(object.key);
    this.#objects.set(object.key, object);
    if (previous === undefined) this.#added.push(object.key);
    this.#changed({ type: previous === undefined ? 'ADDED' : 'MODIFIED', object, previous });
  }

  /** Removes an object; `last` is its last state at the revision of the deletion. */
  remove(last: StoredObject): void {
    const previous = this.#objects.get(last.key);
    this.#objects.delete(last.key);
    if (previous !== undefined) this.#order().splice(this.#indexOf(last.key), 1);
    this.#changed({ type: 'DELETED', object: last, previous });
  }

  /** Calls back for every change until the returned function is called. */
  listen(listener: (event: StoredEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The present state in the order of keys. The array never changes. */
  sorted(): readonly StoredObject[] {
    this.#sorted ??= this.#order().flatMap((key) => this.#objects.get(key) ?? []);
    return this.#sorted;
  }

  /** The object at this place in the order of keys. */
  nth(index: number): StoredObject | undefined {
    return this.#objects.get(this.#order()[index] ?? '');
  }

  /** Keeps the present state readable as that of the newest revision. */
  pin(): void {
    this.#snapshots.set(this.#revisions.current, this.sorted());
    let pinned = this.#snapshots.values().reduce((sum, state) => sum + state.length, 0);
    for (const [oldest, state] of this.#snapshots) {
      const isTooMuch = this.#snapshots.size > MAX_SNAPSHOTS || pinned > MAX_PINNED_OBJECTS;
      if (!isTooMuch || this.#snapshots.size === 1) return;
      this.#snapshots.delete(oldest);
      pinned -= state.length;
    }
  }

  /** The state at a revision in the order of keys; undefined when it is forgotten. */
  at(revision: number): readonly StoredObject[] | undefined {
    if (revision < this.#exactFrom) return undefined;
    if (revision >= this.#lastChange) return this.sorted();
    return this.#snapshots.get(revision) ?? this.#undoTo(revision);
  }

  /** Makes all states but the present one unreadable. */
  expireSnapshots(): void {
    this.#snapshots.clear();
    this.#exactFrom = this.#revisions.current;
  }

  /** Shows each object as `change` gives it, at the version that it has, without telling anybody. */
  redefault(change: (object: StoredObject) => StoredObject): void {
    for (const [key, object] of this.#objects) this.#objects.set(key, change(object));
    this.#sorted = undefined;
    this.expireSnapshots();
  }

  /** Puts other objects in the place of the present ones without telling anybody; for a restored backup. */
  replace(objects: ReadonlyMap<string, StoredObject>): void {
    this.#objects.clear();
    for (const [key, object] of objects) this.#objects.set(key, object);
    this.#keys = [...objects.keys()].sort();
    this.#added = [];
    this.#sorted = undefined;
    this.#snapshots.clear();
    this.#lastChange = this.#revisions.current;
    this.#exactFrom = this.#revisions.current;
    this.history.clear(this.#revisions.current);
  }

  #changed(event: StoredEvent): void {
    this.#sorted = undefined;
    this.#lastChange = event.object.revision;
    this.history.append(event);
    for (const listener of this.#listeners) listener(event);
  }

  /**
   * All keys in the order of lists. A few are put in their places, many are sorted at once: sorting anew for each change costs as much too much as
   * putting each object of a large cluster in its place while it is loaded.
   */
  #order(): string[] {
    if (this.#added.length > FEW) this.#keys = [...this.#keys, ...this.#added].sort();
    else for (const key of this.#added) this.#keys.splice(this.#indexOf(key), 0, key);
    this.#added = [];
    return this.#keys;
  }

  #indexOf(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #undoTo(revision: number): readonly StoredObject[] | undefined {
    const events = this.history.since(revision);
    if (events === undefined) return undefined;
    const state = new Map(this.#objects);
    for (const { object, previous } of events.toReversed()) {
      if (previous === undefined) state.delete(object.key);
      else state.set(object.key, previous);
    }
    return [...state.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
