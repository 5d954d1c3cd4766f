/** Reads one object of a configuration file strictly: what is not known is wrong, and everything wrong is said at once. Pure. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';

/** The members of one object, each asked for once. */
export class ConfigFields {
  readonly #at: string;
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #problems: string[];
  readonly #asked = new Set<string>();

  /** `at` is where the object stands, as people read it; what is wrong is added to `problems`. */
  constructor(at: string, value: unknown, problems: string[]) {
    this.#at = at;
    this.#problems = problems;
    this.#members = isRecord(value) ? value : {};
    if (!isRecord(value)) problems.push(`${at} must be an object`);
  }

  /** Says what is wrong with a member. */
  problem(name: string, what: string): void {
    this.#problems.push(`${this.#at}.${name} ${what}`);
  }

  /** A member as it is; `undefined`: it is not there. */
  value(name: string): unknown {
    this.#asked.add(name);
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
  }

  /** True or false. */
  flag(name: string): boolean {
    const value = this.value(name) ?? false;
    if (typeof value === 'boolean') return value;
    this.problem(name, 'must be true or false');
    return false;
  }

  /** A whole number within bounds. */
  integer(name: string, { min, max, otherwise }: { min: number; max: number; otherwise: number }): number {
    const value = this.value(name) ?? otherwise;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    this.problem(name, `must be a whole number from ${min} to ${max}`);
    return otherwise;
  }

  /** Some of these words, at least one; all of them when nothing is said. */
  some<Word extends string>(name: string, words: readonly Word[]): readonly Word[] {
    const value = this.value(name) ?? words;
    const known = words.filter((word) => Array.isArray(value) && value.includes(word));
    if (Array.isArray(value) && value.length > 0 && known.length === new Set(value).size) return known;
    this.problem(name, `must be a list of some of ${words.join(', ')}`);
    return words;
  }

  /** A list of texts; empty when nothing is said. */
  texts(name: string): readonly string[] {
    const value = this.value(name) ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    this.problem(name, 'must be a list of texts');
    return [];
  }

  /** Notes as wrong whatever nobody has asked for. */
  end(): void {
    const unknown = Object.keys(this.#members).filter((name) => !this.#asked.has(name));
    const known = [...this.#asked].join(', ');
    for (const name of unknown) this.problem(name, `is not known; known are ${known}`);
  }
}
