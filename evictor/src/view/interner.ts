import { hash } from 'node:crypto';

/** What a template says of its pods is a kilobyte of text: the text of each would be a fifth of what is known of the cluster. */
const LONGEST_KEY = 256;

/**
 * One value for all that are equal: the pods of a Deployment share what their template says. Keeps nothing alive that nobody else
 * holds, because a cluster makes new templates for as long as it lives.
 */
export class Interner<T extends object> {
  readonly #values = new Map<string, WeakRef<T>>();
  readonly #gone = new FinalizationRegistry<string>((key) => {
    if (this.#values.get(key)?.deref() === undefined) this.#values.delete(key);
  });

  /** The value that was made for an equal one before, or else this one. Equal is what is written as the same JSON. */
  same(value: T): T {
    const key = keyOf(JSON.stringify(value));
    const before = this.#values.get(key)?.deref();
    if (before !== undefined) return before;
    this.#values.set(key, new WeakRef(value));
    this.#gone.register(value, key);
    return value;
  }
}

function keyOf(text: string): string {
  return text.length <= LONGEST_KEY ? text : hash('sha256', text, 'base64');
}
