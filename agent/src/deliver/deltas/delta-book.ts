import type { Delete, Entry, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { deleteItem, type ItemKind, type SentItem, upsertItem } from './delta-item.ts';
import type { SnapshotReason } from './snapshot-wishes.ts';

/** A feed as far as its items depend on it. */
export interface BookedFeed extends ItemKind {
  /** It has no watch: its list is all that tells what is gone. */
  readonly isPolled: boolean;
}

/** What entries come to on this wire. */
export interface Taken {
  readonly items: readonly SentItem[];
  /** The points from which feeds go on once the items are accepted; empty: it has none, as a polled feed. */
  readonly positions: ReadonlyMap<number, string>;
  /** Feeds of which the last object of a list is among the items. */
  readonly ended: readonly number[];
  /** Those of which something was told since all began: a document under way may have told it. */
  readonly repeated: ReadonlySet<SentItem>;
  /** Why the platform's picture may hold what is gone. */
  readonly holes: readonly SnapshotReason[];
}

type Add = (told: readonly SentItem[], isRepeated: boolean) => void;

interface Page {
  /** Whether the platform was told all of the feed. */
  isWhole: boolean;
  /** Objects told since the list under way began, or by the last one of a polled feed: their uids, by namespace and name. */
  told: Map<string, string> | undefined;
  /** Objects that an earlier list has told, and the one under way has not. */
  stale: Map<string, string> | undefined;
}

/**
 * What the platform has of each feed, as far as this wire needs to know: it cannot be told that a list replaces what was known of a
 * feed, so whatever a second list of a feed does not show any more has to be told one by one. Who was told is remembered while a list
 * is under way, and for polled feeds from one list to the next: names, not objects. What was told before a watch began is remembered
 * by nobody; a feed that has to be listed again after that makes a hole, which only a full snapshot closes.
 */
export class DeltaBook {
  readonly #feedOf: (feedId: number) => BookedFeed;
  readonly #usageFeed: (kind: string) => number | undefined;
  readonly #pages = new Map<number, Page>();
  #isResumed = false;

  /** `usageFeed`: the number of the feed that tells what objects of a kind use, if there is one. */
  constructor(feedOf: (feedId: number) => BookedFeed, usageFeed: (kind: string) => number | undefined) {
    this.#feedOf = feedOf;
    this.#usageFeed = usageFeed;
  }

  /** Whether anything of a feed was told. */
  isTold(feedId: number): boolean {
    const page = this.#pages.get(feedId);
    return page !== undefined && (page.isWhole || sizeOf(page.told) + sizeOf(page.stale) > 0);
  }

  /** A full snapshot begins: nothing is told yet. `whole`: feeds that go on where they were left instead. */
  begin(whole: readonly number[] = []): void {
    this.#pages.clear();
    for (const feedId of whole) this.#page(feedId).isWhole = true;
    this.#isResumed = whole.length > 0;
  }

  /** Turns entries into items, in their order. `nowMs`: milliseconds since the epoch, for what was not seen at any other time. */
  take(entries: readonly Entry[], nowMs: number): Taken {
    const items: SentItem[] = [];
    const repeated = new Set<SentItem>();
    const add: Add = (told, isRepeated) => {
      for (const item of told) {
        items.push(item);
        if (isRepeated) repeated.add(item);
      }
    };
    const positions = new Map<number, string>();
    const ended: number[] = [];
    const holes: SnapshotReason[] = [];
    for (const entry of entries) {
      const { feedId } = entry;
      switch (entry.type) {
        case 'upsert':
          add(this.#endLife(entry), true);
          this.#tell(entry, add);
          break;
        case 'delete':
          this.#gone(entry, add);
          break;
        case 'snapshotBegin':
          if (this.#listAgain(feedId)) holes.push('HISTORY_LOST');
          break;
        case 'snapshotEnd':
          add(this.#endList(feedId, nowMs), true);
          ended.push(feedId);
          positions.set(feedId, entry.resourceVersion);
          break;
        case 'progress':
          positions.set(feedId, entry.resourceVersion);
          break;
        case 'feedState':
          if (entry.state === 'ABSENT' && this.#forget(feedId)) holes.push('NOT_SERVED');
          break;
        case 'offer':
          // This wire has none: nothing of before may be named in a full snapshot, and its platforms never say that they take offers.
          break;
        case 'snapshotAbort':
          // What it has told was told: the next list says what of it is gone.
          break;
      }
    }
    return { items, positions, ended, repeated, holes };
  }

  #tell(entry: Upsert, add: Add): void {
    const wasTold = this.#wasTold(entry);
    const { told, stale } = this.#page(entry.feedId);
    told?.set(nameOf(entry), entry.uid);
    stale?.delete(nameOf(entry));
    add([upsertItem(this.#feedOf(entry.feedId), entry, entry.isNew === true || !wasTold)], wasTold);
  }

  /**
   * A list shows an object under a name that an earlier one has told of another: that one is gone, and has to be told before, because there
   * are receivers that know objects by their names.
   */
  #endLife(entry: Upsert): SentItem[] {
    const uid = this.#uidUnder(entry);
    if (uid === undefined || !isOtherLife(uid, entry.uid)) return [];
    const { feedId, namespace, name, observedAtMs } = entry;
    const gone: Delete = { type: 'delete', feedId, uid, namespace, name, resourceVersion: '', observedAtMs };
    return [deleteItem(this.#feedOf(feedId), gone)];
  }

  #gone(entry: Delete, add: Add): void {
    const uid = this.#uidUnder(entry);
    // That one was ended when the next life under its name was told.
    if (uid !== undefined && isOtherLife(uid, entry.uid)) return;
    const wasTold = this.#wasTold(entry);
    const { told, stale } = this.#page(entry.feedId);
    told?.delete(nameOf(entry));
    stale?.delete(nameOf(entry));
    const feed = this.#feedOf(entry.feedId);
    add([deleteItem(feed, entry), ...this.#goneWith(feed, entry)], wasTold);
  }

  #wasTold(entry: Upsert | Delete): boolean {
    const uid = this.#uidUnder(entry);
    return uid === undefined ? this.#page(entry.feedId).isWhole : !isOtherLife(uid, entry.uid);
  }

  /** Who is known to have been told under the name of an object. */
  #uidUnder(entry: Upsert | Delete): string | undefined {
    const { told, stale } = this.#page(entry.feedId);
    return told?.get(nameOf(entry)) ?? stale?.get(nameOf(entry));
  }

  /** What an earlier process told of the usage of an object is remembered by nobody: it goes with it. */
  #goneWith(feed: BookedFeed, { namespace, name, observedAtMs }: Delete): SentItem[] {
    const feedId = this.#isResumed ? this.#usageFeed(feed.kind) : undefined;
    if (feedId === undefined) return [];
    const uid = `${namespace}/${name}`;
    const usage: Delete = { type: 'delete', feedId, uid, namespace, name, resourceVersion: '', observedAtMs };
    // The next list says it of what this process has told.
    return this.#uidUnder(usage) === undefined ? [deleteItem(this.#feedOf(feedId), usage)] : [];
  }

  /** A list begins. Whether nobody remembers what the one before has told. */
  #listAgain(feedId: number): boolean {
    const page = this.#page(feedId);
    const isForgotten = page.isWhole && page.told === undefined;
    page.stale = new Map([...(page.stale ?? []), ...(page.told ?? [])]);
    page.told = new Map();
    return isForgotten && !this.#feedOf(feedId).isPolled;
  }

  #endList(feedId: number, nowMs: number): SentItem[] {
    const page = this.#page(feedId);
    const feed = this.#feedOf(feedId);
    const swept = [...(page.stale ?? [])].map((told) => deleteItem(feed, deletionOf({ feedId, nowMs }, told)));
    page.stale = undefined;
    if (!feed.isPolled) page.told = undefined;
    page.isWhole = true;
    return swept;
  }

  /** The feed is no more. Whether anything of it was told. */
  #forget(feedId: number): boolean {
    const wasTold = this.isTold(feedId);
    this.#pages.delete(feedId);
    return wasTold;
  }

  #page(feedId: number): Page {
    const page = this.#pages.get(feedId) ?? { isWhole: false, told: undefined, stale: undefined };
    this.#pages.set(feedId, page);
    return page;
  }
}

function sizeOf(names: Map<string, string> | undefined): number {
  return names?.size ?? 0;
}

/** Neither a namespace nor a name holds a slash. */
function nameOf({ namespace, name }: Upsert | Delete): string {
  return `${namespace}/${name}`;
}

/** Two objects of one name. What has no uid, or none that could be read, has its name instead, which says nothing. */
function isOtherLife(one: string, other: string): boolean {
  return one !== other && !one.includes('/') && !other.includes('/');
}

function deletionOf(
  { feedId, nowMs }: { feedId: number; nowMs: number },
  [key, uid]: readonly [string, string],
): Delete {
  const [namespace = '', name = ''] = key.split('/');
  return { type: 'delete', feedId, uid, namespace, name, resourceVersion: '', observedAtMs: nowMs };
}
