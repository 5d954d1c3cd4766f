const MASK = '[secret]';
/** Shorter ones stand in ordinary words; they protect nothing either. */
const LEAST_LENGTH = 6;
/** Keys and tokens are rotated: an old one may still be quoted by an answer that is under way. */
const MOST_OF_A_KIND = 8;

/** Whose secrets follow one another. A token is replaced once an hour: it must not push out the key, which stays for months. */
export type SecretKind = 'platform key' | 'pod token' | 'API server' | 'proxy';

/**
 * The secrets that this process has in use. It replaces them, by value, in every text that leaves the process: a pattern cannot know
 * how somebody else's gateway or proxy words "the key … is not valid", and log, `/readyz` and `/statusz` quote such sentences.
 *
 * Each is known as it is, as base64 (how a proxy's password travels), as it stands in a URL, in JSON and in HTML. A text that was cut in
 * the middle of a secret ends with the beginning of one, which is replaced as well.
 */
export class KnownSecrets {
  readonly #kinds = new Map<SecretKind, Set<string>>();
  #forms: readonly string[] = [];

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
    // The longest first: one secret may begin with another.
    const all = [...this.#kinds.values()].flatMap((secrets) => [...secrets].flatMap(formsOf));
    this.#forms = [...new Set(all)].toSorted((a, b) => b.length - a.length);
  }

  /** A user and password as they travel in a header, together and each for itself. */
  addCredentials(kind: SecretKind, { user, password }: { user: string; password: string }): void {
    this.add(kind, password);
    if (password !== '') this.add(kind, `${user}:${password}`);
  }

  /** The text without any secret in use. */
  readonly redact = (text: string): string => {
    let redacted = text;
    // Plain searches and no pattern of them all: most texts hold none, and a token has a thousand characters.
    for (const form of this.#forms) {
      if (redacted.includes(form)) redacted = redacted.replaceAll(form, MASK);
    }
    for (const form of this.#forms) redacted = withoutBeginning(redacted, form);
    return redacted;
  };
}

/** Masks what a secret begins with where a text was cut: at its end, or in front of the ellipsis that whoever cut it left. */
function withoutBeginning(text: string, form: string): string {
  const head = form.slice(0, LEAST_LENGTH);
  let redacted = text;
  for (let start = redacted.indexOf(head); start !== -1; start = redacted.indexOf(head, start + 1)) {
    const ellipsis = redacted.indexOf('…', start);
    const end = ellipsis === -1 ? redacted.length : ellipsis;
    if (end - start < form.length && form.startsWith(redacted.slice(start, end))) {
      redacted = `${redacted.slice(0, start)}${MASK}${redacted.slice(end)}`;
    }
  }
  return redacted;
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const html = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  return [
    secret,
    // Without padding, so that it is found in front of more text of the same encoding, too.
    bytes.toString('base64').replace(/=+$/u, ''),
    bytes.toString('base64url'),
    encodeURIComponent(secret.toWellFormed()),
    json,
    // Quoted in JSON twice, as the body of an answer inside of a line of log.
    JSON.stringify(json).slice(1, -1),
    html,
    html.replaceAll("'", '&#39;'),
    // The host of an address, as a redirect may name it.
    secret.toLowerCase(),
  ];
}
