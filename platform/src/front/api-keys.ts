/** The API keys that are accepted: those that were named, or any but the empty one when none was. */
export class ApiKeys {
  #accepted: ReadonlySet<string>;

  constructor(accepted: readonly string[] = []) {
    this.#accepted = new Set(accepted);
  }

  /** Replaces them: that is a rotation. */
  replace(accepted: readonly string[]): void {
    this.#accepted = new Set(accepted);
  }

  /** Whether this key is accepted. */
  has(key: string): boolean {
    return key !== '' && (this.#accepted.size === 0 || this.#accepted.has(key));
  }
}
