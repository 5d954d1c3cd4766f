import type { SentItem } from './delta-item.ts';

/** What an item costs besides its bytes: the record, its entry and its place in a map. */
const BOOKKEEPING_BYTES = 400;

/**
 * News of objects of which the document under way has told something already: it waits for the next one, because a receiver may take the
 * items of one document in any order. Of each object only the newest state waits.
 */
export class SetAside {
  readonly #byName = new Map<string, SentItem[]>();
  #bytes = 0;

  /** Bytes of all that waits. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps what has to wait, and gives what may be written now. `repeated`: items of objects that the document may have told of. */
  sift(items: readonly SentItem[], repeated: ReadonlySet<SentItem>): SentItem[] {
    const now: SentItem[] = [];
    for (const item of items) {
      const { feedId, namespace, name } = item.entry;
      const key = `${feedId} ${namespace}/${name}`;
      const waiting = this.#byName.get(key);
      if (waiting !== undefined) this.#add(waiting, item);
      else if (repeated.has(item)) {
        const lives: SentItem[] = [];
        this.#byName.set(key, lives);
        this.#add(lives, item);
      } else if (item.event !== 'delete') now.push(item);
      // What a full snapshot has not told is gone for whoever takes it: told all the same, the next life under its name might go instead.
    }
    return now;
  }

  /** Gives all that waits, in an order in which it may be told. */
  drain(): SentItem[] {
    const items = [...this.#byName.values()].flat();
    this.#byName.clear();
    this.#bytes = 0;
    return items;
  }

  /** `lives`: the objects that there were under one name. */
  #add(lives: SentItem[], item: SentItem): void {
    const last = lives.at(-1);
    this.#bytes += costOf(item);
    if (last?.entry.uid !== item.entry.uid) {
      lives.push(item);
      return;
    }
    this.#bytes -= costOf(last);
    lives[lives.length - 1] = last.event === 'add' && item.event === 'update' ? { ...item, event: 'add' } : item;
  }
}

function costOf({ data }: SentItem): number {
  return data.byteLength + BOOKKEEPING_BYTES;
}
