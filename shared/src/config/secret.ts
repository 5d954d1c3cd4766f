const MASK = '[secret]';

/**
 * A value that must never be printed: string conversion, JSON and `util.inspect` all show a mask, so a secret that
 * ends up in a log call, an error or a template shows nothing. `reveal` is the one way out; search for it to audit.
 */
export class Secret {
  readonly #value: string;

  private constructor(value: string) {
    this.#value = value;
  }

  /** Wraps a secret. */
  static of(value: string): Secret {
    return new Secret(value);
  }

  /** The secret itself, for the moment of use. */
  reveal(): string {
    return this.#value;
  }

  /** Whether both hold the same value: to tell if a re-read file brought a new one. */
  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK;
  }
}
