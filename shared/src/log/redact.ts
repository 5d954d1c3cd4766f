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

/** Longer texts are cut: no message needs more, and what comes from elsewhere must not cost more than microseconds. */
const MOST_CHARACTERS = 4096;
/** Words before which a value is a secret; with what stands before them, as in `client_secret`. */
const NAME =
  String.raw`\b[\w.-]{0,30}(?:(?:api|access|account|client|private|secret|session|shared|subscription)[-_]?key(?:[-_]data)?` +
  String.raw`|authorization|credentials?|jwt|passphrase|passw(?:or)?d|pwd|secret|session[-_]?id|sig(?:nature)?|token)`;
const VALUE = String.raw`[^\s"',;&]`;
/** In JSON in JSON it is escaped. */
const QUOTE = String.raw`\\{0,3}["']`;

/** What looks like a credential, each with what stays of it. All quantifiers in front of a fixed word are bounded, or hostile text would cost seconds. */
const FORMS: readonly (readonly [pattern: RegExp, kept: string])[] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/gu, MASK],
  /** A signed token says whose it is in its first parts. */
  [/\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/gu, MASK],
  [/\b((?:set-)?cookie:\s{0,4})[^\n\r]+/giu, `$1${MASK}`],
  /** `Authorization: Bearer abc1`: a word in lower case after the scheme is prose ("basic checks"), not a credential. */
  [/\b([Bb]earer|[Bb]asic)\s{1,4}(?=[a-z.~+/=_-]*[A-Z\d])[\w.~+/=-]{6,}/gu, `$1 ${MASK}`],
  [/\b([Tt]oken|[Aa][Pp][Ii][ _-]?[Kk]ey)\s{1,4}(?=[A-Za-z.~+/=_-]*\d)[\w.~+/=-]{8,}/gu, `$1 ${MASK}`],
  /** A header with a scheme that is none of the usual ones. */
  [
    new RegExp(String.raw`(authorization:\s{0,4}[a-z][\w-]{0,30}\s{1,4})(?=[^\s\d]*\d)${VALUE}{8,}`, 'giu'),
    `$1${MASK}`,
  ],
  /** A command line. A word in small letters alone is prose ("--token is missing"). */
  [
    new RegExp(
      String.raw`((?:^|\s)--?[\w-]{0,30}(?:key|password|secret|token)\s{1,4})(?!-)(?=[a-z]*[^\sa-z"',;.&])${VALUE}+`,
      'giu',
    ),
    `$1${MASK}`,
  ],
  [/((?:^|\s)-u\s{1,4}[^\s:]{1,100}:)\S+/gu, `$1${MASK}`],
  /** A header in a dump. Only names that no sentence puts before a colon. */
  [
    new RegExp(String.raw`\b(x-api-key:\s{0,4}|authorization:\s{0,4})(?!bearer\b|basic\b|token\b)${VALUE}+`, 'giu'),
    `$1${MASK}`,
  ],
  /** `password=…` in a query or a file, `"token":"…"` in JSON, `['token', '…']` as Node prints headers. */
  [
    new RegExp(
      String.raw`(${NAME}(?:\s{0,2}=\s{0,2}["']?|${QUOTE}\s{0,4}(?:[:,]|=>)\s{0,4}${QUOTE}))(?!["'\s])${VALUE}+`,
      'giu',
    ),
    `$1${MASK}`,
  ],
  /** The same inside of a URL, and as an element. */
  [new RegExp(String.raw`(${NAME}(?:%3D|%22%3A(?:%20)?%22))[^\s"',;&%]+`, 'giu'), `$1${MASK}`],
  [new RegExp(String.raw`(<[\w:.-]{0,30}(?:key|passw(?:or)?d|secret|token)>)[^<\s]+`, 'giu'), `$1${MASK}`],
  /** Variables whose names are also words. */
  [/\b([\w.-]{0,30}_?pass=)(?!["'\s])[^\s"',;&]+/giu, `$1${MASK}`],
  /** What says by its beginning whose key it is: GitHub, GitLab, Slack, Stripe, OpenAI, Google, Hugging Face, npm, DigitalOcean. */
  [
    /\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abeoprs]-|[rs]k_(?:live|test)_|sk-|AIza|hf_|npm_|dop_v1_)(?=[A-Za-z_-]*\d)[\w-]{10,}/gu,
    MASK,
  ],
  [/(hooks\.slack\.com\/services\/)[\w/]+/giu, `$1${MASK}`],
  /** The same under names that mean something else as well, so only what looks made. */
  [new RegExp(String.raw`\b((?:auth|code|key)=)(?=[^\s\d]*\d)(?=[^\sa-z]*[a-z])${VALUE}{12,}`, 'giu'), `$1${MASK}`],
  /** `password: …` in a dump. In a sentence a word without any digit follows ("the token: not found"). */
  [new RegExp(String.raw`(${NAME}\s{0,2}[:,]\s{1,4}["']?)(?=[^\s"',;&\d]*\d)${VALUE}{8,}`, 'giu'), `$1${MASK}`],
  /** Up to the last at sign: passwords hold some. */
  [/(\b[a-z][a-z\d+.-]{0,20}:\/\/)[^\s/]{1,512}@/giu, `$1${MASK}@`],
];

/**
 * Masks what looks like a credential inside a text: the last line of defence for messages of libraries, since our own code never puts a
 * secret into a text, and what is in use is replaced by value (`known-secrets.ts`). It must not mask prose, or it would hide why a token
 * could not be read.
 */
export function redactText(text: string): string {
  const head = text.length <= MOST_CHARACTERS ? text : text.slice(0, MOST_CHARACTERS);
  const redacted = FORMS.reduce((before, [pattern, kept]) => before.replaceAll(pattern, kept), head);
  return head === text ? redacted : `${redacted}… (${text.length - head.length} characters more)`;
}
