/** What every record has: the uid of its object. */
export interface Identified {
  readonly uid: string;
}

/**
 * The records of one feed. While a snapshot is under way what it tells is taken over at once, and what it has not told by its end is gone;
 * a snapshot that is given up removes nothing.
 */
export class ViewTable<Row extends Identified> {
  readonly #rows = new Map<string, Row>();
  readonly #onChanged: () => void;
  /** Those that exist and cannot be read. */
  readonly #unreadable = new Set<string>();
  #told: Set<string> | undefined;
  #isWhole = false;

  /** `onChanged` is called for whatever differs from what was known. */
  constructor(onChanged: () => void) {
    this.#onChanged = onChanged;
  }

  /** Whether everything that exists has been told once, and could be read: before that, nothing may be concluded from what is not here. */
  get isWhole(): boolean {
    return this.#isWhole && this.#unreadable.size === 0;
  }

  /** How many there are. */
  get size(): number {
    return this.#rows.size;
  }

  /** All rows, as they are now. */
  rows(): Row[] {
    return [...this.#rows.values()];
  }

  /** A snapshot begins. */
  begin(): void {
    this.#told = new Set();
  }

  /** It is complete. */
  end(): void {
    const told = this.#told;
    if (told === undefined) return;
    for (const uid of [...this.#rows.keys(), ...this.#unreadable]) if (!told.has(uid)) this.remove(uid);
    this.#told = undefined;
    if (!this.#isWhole) this.#onChanged();
    this.#isWhole = true;
  }

  /** It was given up. */
  abort(): void {
    this.#told = undefined;
  }

  /** An object exists, and nobody can say how it is. */
  noteUnreadable(uid: string): void {
    this.#told?.add(uid);
    this.#unreadable.add(uid);
  }

  /** An object is so now. */
  put(row: Row): void {
    this.#told?.add(row.uid);
    this.#unreadable.delete(row.uid);
    const before = this.#rows.get(row.uid);
    if (before !== undefined && isSame(before, row)) return;
    this.#rows.set(row.uid, row);
    this.#onChanged();
  }

  /** An object is gone, or nothing of it is kept any more. */
  remove(uid: string): void {
    this.#told?.delete(uid);
    this.#unreadable.delete(uid);
    if (this.#rows.delete(uid)) this.#onChanged();
  }
}

/** Rows hold values and what is shared: two that say the same are written the same. */
function isSame(before: object, now: object): boolean {
  return Object.entries(now).every(([key, value]) => {
    const old: unknown = Reflect.get(before, key);
    return old === value || (typeof value === 'object' && JSON.stringify(old) === JSON.stringify(value));
  });
}
