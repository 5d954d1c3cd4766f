import type { DeltaItem } from '../store/delta-change.ts';

/** How many objects, and the names of the first of them. */
export interface Named {
  readonly count: number;
  readonly names: readonly string[];
}

/** What a delta had of one resource. */
export interface ResourceChanges {
  readonly upserted: Named;
  readonly deleted: Named;
}

/** More than this are told as a number. */
const KEPT_NAMES = 3;
const NONE: Named = { count: 0, names: [] };

/** Sums up the items of a delta for people, in memory that does not grow with it. */
export class DeltaSummary {
  readonly #resources = new Map<string, ResourceChanges>();
  #items = 0;

  /** How many items. */
  get items(): number {
    return this.#items;
  }

  /** By resource, in the order in which they came first. */
  get resources(): ReadonlyMap<string, ResourceChanges> {
    return this.#resources;
  }

  /** Takes some more items. */
  add(items: readonly DeltaItem[]): void {
    this.#items += items.length;
    for (const { feed, isDelete, namespace, name } of items) {
      const changes = this.#resources.get(feed.resource) ?? { upserted: NONE, deleted: NONE };
      const key = isDelete ? 'deleted' : 'upserted';
      const { count, names } = changes[key];
      const text = namespace === '' ? name : `${namespace}/${name}`;
      const next = { count: count + 1, names: count < KEPT_NAMES ? [...names, text] : names };
      this.#resources.set(feed.resource, { ...changes, [key]: next });
    }
  }
}
