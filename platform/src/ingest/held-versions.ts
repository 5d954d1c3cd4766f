/** The version of an object that the store holds in the vintage of its feed; undefined: there is none. */
export type HeldLookup = (feedKey: number, uid: string) => string | undefined;

/** Which version of an object is held in the middle of a batch: what the store had before it, and what its entries have done since. Pure. */
export class HeldVersions {
  readonly #before: HeldLookup;
  /** What the entries have put, and (undefined) removed. */
  readonly #since = new Map<number, Map<string, string | undefined>>();
  /** Feeds of which the store knows better than we do what is left. Rare, and it only costs objects that are sent although they are held. */
  readonly #unsure = new Set<number>();

  constructor(before: HeldLookup) {
    this.#before = before;
  }

  /** An object is stored. */
  put(feedKey: number, uid: string, version: string): void {
    this.#of(feedKey).set(uid, version);
  }

  /** An object goes. */
  removed(feedKey: number, uid: string): void {
    this.#of(feedKey).set(uid, undefined);
  }

  /** Objects of a feed went without being named, or nobody knows any more of which version they are. */
  unsure(feedKey: number): void {
    this.#since.delete(feedKey);
    this.#unsure.add(feedKey);
  }

  /** The version that is held of an object; undefined: none that is known. */
  of(feedKey: number, uid: string): string | undefined {
    const since = this.#since.get(feedKey);
    if (since?.has(uid) === true) return since.get(uid);
    return this.#unsure.has(feedKey) ? undefined : this.#before(feedKey, uid);
  }

  #of(feedKey: number): Map<string, string | undefined> {
    const since = this.#since.get(feedKey) ?? new Map<string, string | undefined>();
    this.#since.set(feedKey, since);
    return since;
  }
}
