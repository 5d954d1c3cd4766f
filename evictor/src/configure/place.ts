import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { parse } from 'yaml';

/**
 * Reads a file of the configuration, YAML or JSON. `problems` takes whatever is found to be wrong with it, one line each, with the place and
 * what to do. `root` is undefined where there is nothing in it, or nothing that could be read.
 */
export function readPlaces(text: string): { readonly root: Place | undefined; readonly problems: readonly string[] } {
  const problems: string[] = [];
  try {
    const document: unknown = parse(text, { logLevel: 'error' });
    const isEmpty = document === null || document === undefined;
    return { root: isEmpty ? undefined : new Place('the file', document, problems), problems };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { root: undefined, problems: [`it is no YAML: ${why}`] };
  }
}

/** A place in a file of the configuration: what it holds, and how an operator finds it. */
export class Place {
  readonly value: unknown;
  readonly #path: string;
  readonly #problems: string[];

  constructor(path: string, value: unknown, problems: string[]) {
    this.#path = path;
    this.value = value;
    this.#problems = problems;
  }

  /** Says what is wrong with it. */
  problem(text: string): void {
    this.#problems.push(`${this.#path} ${text}`);
  }

  /** Its members; any other than these is a problem. */
  members<Name extends string>(known: readonly Name[]): Partial<Record<Name, Place>> {
    if (!isRecord(this.value)) {
      this.problem(`has to hold ${known.join(', ')}`);
      return {};
    }
    for (const name of Object.keys(this.value)) {
      if (!known.some((one) => one === name))
        this.problem(`has ${name}, which is not known there (known: ${known.join(', ')})`);
    }
    const members: Partial<Record<Name, Place>> = {};
    for (const name of known) {
      const value = this.value[name];
      if (value !== undefined && value !== null) members[name] = this.#member(name, value);
    }
    return members;
  }

  /** The same where what is left out means everything: a name with nothing behind it is a problem, not left out. */
  named<Name extends string>(known: readonly Name[]): Partial<Record<Name, Place>> {
    for (const name of known)
      if (isRecord(this.value) && this.value[name] === null) this.#member(name, null).problem(EMPTY);
    return this.members(known);
  }

  /** Its members, all of which have to be text; that it has none is a problem. */
  texts(): Readonly<Record<string, string>> {
    const entries = isRecord(this.value) ? Object.entries(this.value) : [];
    if (entries.length === 0) this.problem('has to hold names and texts, one at least');
    return Object.fromEntries(
      entries.flatMap(([name, value]) => {
        if (typeof value === 'string') return [[name, value] as const];
        this.#member(name, value).problem(NO_TEXT);
        return [];
      }),
    );
  }

  /** Its items; that it is no list is a problem. */
  items(): Place[] {
    if (Array.isArray(this.value))
      return this.value.map((value, index) => new Place(`${this.#path}[${index}]`, value, this.#problems));
    this.problem('has to be a list');
    return [];
  }

  /** Its text; that it is none, or empty, is a problem. */
  text(): string | undefined {
    if (typeof this.value === 'string' && this.value !== '') return this.value;
    this.problem(this.value === '' ? EMPTY : NO_TEXT);
    return undefined;
  }

  /** Its text if it is one of these words; any other is a problem. */
  word<Word extends string>(words: readonly Word[]): Word | undefined {
    const found = words.find((one) => one === this.value);
    if (found === undefined) this.problem(`has to be one of ${words.join(', ')}`);
    return found;
  }

  /** Its text if it is of this form; `form` says which one, for people. */
  matching(pattern: RegExp, form: string): string | undefined {
    if (typeof this.value === 'string' && pattern.test(this.value)) return this.value;
    this.problem(`has to be ${form}, in quotes`);
    return undefined;
  }

  /** Its whole number, within bounds where there are any. */
  count(least = 0, most = Number.MAX_SAFE_INTEGER): number | undefined {
    const { value } = this;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    const bounds = most === Number.MAX_SAFE_INTEGER ? '' : ` from ${String(least)} to ${String(most)}`;
    this.problem(`has to be a whole number${bounds}`);
    return undefined;
  }

  /** Its number, which has to be more than nothing. */
  amount(): number | undefined {
    const { value } = this;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    this.problem('has to be a number above 0');
    return undefined;
  }

  #member(name: string, value: unknown): Place {
    return new Place(`${this.#path}: ${name}`, value, this.#problems);
  }
}

const EMPTY = 'is empty: name one, or take it out';
const NO_TEXT = 'has to be text: put it in quotes';
