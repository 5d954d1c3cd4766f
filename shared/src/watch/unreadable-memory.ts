import type { UnreadableObject } from '../kube/json/unreadable-object.ts';
import type { ObjectMeta } from '../kube/kube-object.ts';

/** What becomes of an object that cannot be read. */
export type UnreadableVerdict =
  /** What it came with is to be read once more: it may be broken only this time. */
  | 'READ_AGAIN'
  /** It is left out, and somebody has to be told. */
  | 'NEWLY_LEFT_OUT'
  /** It is left out, as before. */
  | 'LEFT_OUT';

/** As many objects are remembered of each sort; of a forgotten one is told again. */
const REMEMBERED = 1000;
/** How often what cannot be read makes a feed read again, */
const READ_AGAIN = 10;
/** within this time. Beyond it everything is left out at once: a kind of which many objects are unreadable must not stand still. */
const WITHIN_MS = 60 * 60_000;

/**
 * Remembers what of one feed could not be read, to tell what is broken once from what stays so. The rules:
 *
 * 1. A version of an object that cannot be read is read once more first, because whatever broke on the way comes whole then. It is left
 *    out when it cannot be read again. Those that do not tell who they are are known by their place.
 * 2. An object that was left out is left out at once from then on, until it could be read: one that changes every second would break
 *    the watch every second, and so hold up everything beside it.
 * 3. What could not be kept is left out at once: the same would come of it again.
 */
export class UnreadableMemory {
  /** Versions that could not be read once. */
  readonly #met = new Set<string>();
  readonly #leftOut = new Set<string>();
  /** When it was read again lately, by a clock that only goes forward. */
  #readAgainAtMs: number[] = [];

  /** Takes an object that cannot be read, `nowMs` by the monotonic clock. */
  meet(object: UnreadableObject, nowMs: number): UnreadableVerdict {
    const who = object.name === '' ? object.place : nameOf(object);
    if (this.#leftOut.has(who)) return 'LEFT_OUT';
    const met = `${who}@${object.resourceVersion}`;
    if (object.reason !== 'KEEP_FAILED' && !this.#met.delete(met) && this.#hasPatience(nowMs)) {
      remember(this.#met, met);
      return 'READ_AGAIN';
    }
    remember(this.#leftOut, who);
    return 'NEWLY_LEFT_OUT';
  }

  /** To be called when a feed reads again because of what it met. */
  readAgain(nowMs: number): void {
    this.#readAgainAtMs = [...this.#readAgainAtMs, nowMs].slice(-READ_AGAIN);
  }

  /** An object could be read: if it cannot be once more, that is news. */
  forget(metadata: ObjectMeta): void {
    if (this.#leftOut.size > 0) this.#leftOut.delete(nameOf(metadata));
  }

  #hasPatience(nowMs: number): boolean {
    const [first = -Infinity] = this.#readAgainAtMs;
    return this.#readAgainAtMs.length < READ_AGAIN || nowMs - first > WITHIN_MS;
  }
}

function nameOf({ namespace = '', name }: Pick<ObjectMeta, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** The first ones are forgotten first. */
function remember(set: Set<string>, what: string): void {
  set.add(what);
  const [first] = set;
  if (set.size > REMEMBERED && first !== undefined) set.delete(first);
}
