import { undoEscapes } from './undo-escapes.ts';

const MASK = '[secret]';
/** Shorter ones stand in ordinary words; they protect nothing either. */
const LEAST_LENGTH = 6;
/** Keys and tokens are rotated: an old one may still be quoted by an answer that is under way. */
const MOST_OF_A_KIND = 8;

/** Gives a text without what must not be in it. */
export type Redact = (text: string) => string;

/** Whose secrets follow one another. A token is replaced once an hour: it must not push out the key, which stays for months. */
export type SecretKind = 'platform key' | 'pod token' | 'API server' | 'proxy';

/** How a secret may stand in a text, in lower case. */
interface Form {
  readonly text: string;
  /** It is base64: what stands before and behind it of the same encoding goes with it. */
  readonly isBase64: boolean;
}

/** A part of a text: the offset of its first character, and the one behind its last. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** So often escapes are undone: a body in a log line is JSON in JSON, and what is in the body may be escaped as well. */
const MOST_LEVELS = 3;
/** Of a secret half of it is one, too, if that has as many characters as this. */
const LEAST_PART = 8;
/** So is its end, from a longer one: a beginning is mostly a prefix of its own, an end may be a word such as `-cluster`. */
const LEAST_END = 12;

/**
 * So much of a text is looked at at once, in characters: what its escapes mean takes many times its memory, and a report has megabytes. Each
 * part begins within the one before, by more than any secret has characters however it is written.
 */
const PART = 64 * 1024;
const OVERLAP = 16 * 1024;

/**
 * The secrets that this process has in use. It replaces them, by value, in every text that leaves the process: a pattern cannot know
 * how somebody else's gateway or proxy words "the key … is not valid", and log, `/readyz` and `/statusz` quote such sentences.
 *
 * Each is found in any case of letters, however its characters are escaped, in hex, and in base64 wherever in what was encoded it stands
 * (`user:key`, `key:`). So is the first half of one and more, however it goes on, and less where a text was cut in the middle of it; and the
 * second half of one and more, as where somebody leaves out the prefix of a key.
 */
export class KnownSecrets {
  readonly #kinds = new Map<SecretKind, Set<string>>();
  #forms: readonly Form[] = [];

  /** From now on this is a secret. Of each kind the newest eight are known; to be called for each use, which keeps it new. */
  add(kind: SecretKind, secret: string): void {
    if (secret.length < LEAST_LENGTH) return;
    const known = this.#kinds.get(kind) ?? new Set();
    this.#kinds.set(kind, known);
    const isNew = !known.delete(secret);
    known.add(secret);
    if (!isNew) return;
    const [oldest] = known;
    if (known.size > MOST_OF_A_KIND && oldest !== undefined) known.delete(oldest);
    this.#forms = [...this.#kinds.values()].flatMap((secrets) => [...secrets].flatMap(formsOf));
  }

  /** A user and password as they travel in a header, together and each for itself. */
  addCredentials(kind: SecretKind, { user, password }: { user: string; password: string }): void {
    this.add(kind, password);
    if (password !== '') this.add(kind, `${user}:${password}`);
  }

  /** The text without any secret in use. */
  readonly redact: Redact = (text) => {
    const found: Range[] = [];
    for (let from = 0; ; from += PART - OVERLAP) {
      for (const { start, end } of this.#find(text.slice(from, from + PART))) {
        found.push({ start: from + start, end: from + end });
      }
      if (from + PART >= text.length) break;
    }
    return found.length === 0 ? text : masked(text, found);
  };

  #find(text: string): Range[] {
    const found: Range[] = [];
    let at = (range: Range): Range => range;
    for (let level = 0, read = text; level <= MOST_LEVELS; level += 1) {
      const lower = toLowerCase(read);
      for (const form of this.#forms) {
        for (const range of findForm(lower, form)) found.push(at(range));
        for (const range of findEnd(lower, form)) found.push(at(range));
      }
      const unescaped = undoEscapes(read);
      if (unescaped === undefined) break;
      const above = at;
      const { from, to } = unescaped;
      at = ({ start, end }) => above({ start: from[start] ?? 0, end: to[end - 1] ?? 0 });
      read = unescaped.text;
    }
    return found;
  }
}

/** Plain searches and no pattern of them all: most texts hold none, and a token has a thousand characters. */
function* findForm(text: string, { text: form, isBase64 }: Form): Generator<Range> {
  const head = form.slice(0, LEAST_LENGTH);
  for (let start = text.indexOf(head); start !== -1; start = text.indexOf(head, start + 1)) {
    let length = head.length;
    while (length < form.length && text[start + length] === form[length]) length += 1;
    const isMost = length >= Math.max(LEAST_PART, form.length / 2);
    if (length !== form.length && !isMost && !isCut(text, start + length)) continue;
    yield isBase64 ? aroundBase64(text, { start, end: start + length }) : { start, end: start + length };
  }
}

/** Where a text has the end of one, and not all of it. */
function* findEnd(text: string, { text: form, isBase64 }: Form): Generator<Range> {
  const least = Math.max(LEAST_END, Math.ceil(form.length / 2));
  if (form.length <= least) return;
  const tail = form.slice(-least);
  for (let at = text.indexOf(tail); at !== -1; at = text.indexOf(tail, at + 1)) {
    const end = at + least;
    let length = least;
    while (length < form.length && end > length && text[end - length - 1] === form[form.length - length - 1])
      length += 1;
    const range = { start: end - length, end };
    yield isBase64 ? aroundBase64(text, range) : range;
  }
}

/** Whether a text ends there, or says that something was left out. */
function isCut(text: string, at: number): boolean {
  return at === text.length || /^(?:…|\.\.|\*\*|\[)/u.test(text.slice(at, at + 2));
}

/** With all of the same encoding around it: what was encoded together. */
function aroundBase64(text: string, { start, end }: Range): Range {
  const before = /[\w+/-]*$/u.exec(text.slice(Math.max(0, start - MOST_AROUND), start))?.[0] ?? '';
  const behind = /^[\w+/-]*=*/u.exec(text.slice(end, end + MOST_AROUND))?.[0] ?? '';
  return { start: start - before.length, end: end + behind.length };
}

const MOST_AROUND = 256;

function masked(text: string, found: readonly Range[]): string {
  let redacted = '';
  let done = 0;
  for (const { start, end } of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (start >= done) redacted += `${text.slice(done, start)}${MASK}`;
    done = Math.max(done, end);
  }
  return redacted + text.slice(done);
}

function formsOf(secret: string): Form[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].flatMap((offset) => {
    const text = base64At(bytes, offset);
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [
    ...[...asRead(secret), bytes.toString('hex')].map((text) => ({ text: toLowerCase(text), isBase64: false })),
    ...[...new Set(base64)].map((text) => ({ text: toLowerCase(text), isBase64: true })),
  ];
}

/** As it reads at each level: a part of it may look like an escape, and is undone with those that somebody wrote. */
function asRead(secret: string): string[] {
  const read = [secret];
  for (let level = 0; level < MOST_LEVELS; level += 1) {
    const unescaped = undoEscapes(read.at(-1) ?? '')?.text;
    if (unescaped === undefined || unescaped.length < LEAST_LENGTH) break;
    read.push(unescaped);
  }
  return read;
}

/** What of the base64 is the same whatever stands around the secret, when so many bytes (0 to 2, of each three) stand before it. */
function base64At(bytes: Buffer, offset: number): string {
  const all = Buffer.concat([Buffer.alloc(offset), bytes]);
  return all.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((all.length * 8) / 6));
}

/** Of ASCII only, because some other letters are longer in lower case. */
function toLowerCase(text: string): string {
  return text.replaceAll(/[A-Z]+/gu, (letters) => letters.toLowerCase());
}
