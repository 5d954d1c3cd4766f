const MASK = '[secret]';
/** Shorter ones stand in ordinary words; they protect nothing either. */
const LEAST_LENGTH = 6;
/** Keys and tokens are rotated: an old one may still be quoted by an answer that is under way. */
const MOST_SECRETS = 32;

/**
 * The secrets that this process has in use. It replaces them, by value, in every text that leaves the process: a pattern cannot know
 * how somebody else's gateway or proxy words "the key … is not valid", and log, `/readyz` and `/statusz` quote such sentences.
 *
 * Each is known as it is, as base64 (how a proxy's password travels), as it stands in a URL, in JSON and in HTML. A text that was cut in
 * the middle of a secret ends with the beginning of one, which is replaced as well.
 */
export class KnownSecrets {
  readonly #secrets = new Set<string>();
  #pattern: RegExp | undefined;
  #forms: readonly string[] = [];

  /** From now on this is a secret. The oldest of more than 32 is forgotten. */
  add(secret: string): void {
    if (secret.length < LEAST_LENGTH || this.#secrets.has(secret)) return;
    this.#secrets.add(secret);
    const [oldest] = this.#secrets;
    if (this.#secrets.size > MOST_SECRETS && oldest !== undefined) this.#secrets.delete(oldest);
    // The longest first: one secret may begin with another.
    this.#forms = [...new Set([...this.#secrets].flatMap(formsOf))].toSorted((a, b) => b.length - a.length);
    this.#pattern = new RegExp(this.#forms.map((form) => RegExp.escape(form)).join('|'), 'gu');
  }

  /** A user and password as they travel in a header, together and each for itself. */
  addCredentials(user: string, password: string): void {
    this.add(password);
    if (password !== '') this.add(`${user}:${password}`);
  }

  /** The text without any secret in use. */
  redact(text: string): string {
    if (this.#pattern === undefined) return text;
    return this.#withoutBeginning(text.replaceAll(this.#pattern, MASK));
  }

  /** A text that was cut short, with or without an ellipsis. */
  #withoutBeginning(text: string): string {
    const end = text.endsWith('…') ? text.length - 1 : text.length;
    for (const form of this.#forms) {
      for (let length = Math.min(form.length - 1, end); length >= LEAST_LENGTH; length -= 1) {
        if (text.startsWith(form.slice(0, length), end - length)) {
          return `${text.slice(0, end - length)}${MASK}${text.slice(end)}`;
        }
      }
    }
    return text;
  }
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    // Without padding, so that it is found in front of more text of the same encoding, too.
    bytes.toString('base64').replace(/=+$/u, ''),
    bytes.toString('base64url'),
    encodeURIComponent(secret.toWellFormed()),
    json,
    // Quoted in JSON twice, as the body of an answer inside of a line of log.
    JSON.stringify(json).slice(1, -1),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  ];
}
