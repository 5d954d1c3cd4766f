const MASK = '[secret]';

/** Keys of log fields whose value never shows, in lower case without separators. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  'apikey',
  'authorization',
  'cookie',
  'password',
  'proxyauthorization',
  'secret',
  'setcookie',
  'token',
  'xapikey',
]);

/** Whether a field of this name must not show its value. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEYS.has(key.toLowerCase().replaceAll(/[-_]/gu, ''));
}

/** `Authorization: Bearer abc1`: a word in lower case after the scheme is prose ("basic checks"), not a credential. */
const SCHEME = /\b([Bb]earer|[Bb]asic)\s+(?=[a-z.~+/=_-]*[A-Z\d])[\w.~+/=-]{6,}/gu;
/** A header in a dump. Only names that no sentence puts before a colon. */
const HEADER = /\b(x-api-key:\s*|authorization:\s*)(?!bearer\b|basic\b)[^\s"',;]+/giu;
/** `password=…` in a query and `"token":"…"` in JSON. */
const ASSIGNMENT = /\b((?:x-)?api[-_]?key|authorization|password|secret|token)(=|["']\s*:\s*["'])[^\s"',;&]+/giu;
const URL_CREDENTIALS = /(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@]+@/giu;

/**
 * Masks what looks like a credential inside a text: the last line of defence for messages of libraries, since our own
 * code never puts a secret into a text. It must not mask prose, or it would hide why a token could not be read.
 */
export function redactText(text: string): string {
  return text
    .replaceAll(SCHEME, `$1 ${MASK}`)
    .replaceAll(HEADER, `$1${MASK}`)
    .replaceAll(ASSIGNMENT, `$1$2${MASK}`)
    .replaceAll(URL_CREDENTIALS, `$1${MASK}@`);
}
