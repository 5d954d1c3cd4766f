/** The file that says whom to tell. Judged as a whole when the platform starts: nothing in it can be wrong only when it matters. Pure. */
import { Secret } from '@castai/shared/config/secret.ts';
import { CastaiError, describeError } from '@castai/shared/errors.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { SEVERITIES, type Severity, type Trouble, TROUBLES } from './condition.ts';
import { ConfigFields } from './config-fields.ts';
import type { EpisodePolicy } from './episode-state.ts';
import { listOf, type Networks, whyForbidden } from './forbidden-address.ts';
import type { PageRules } from './page-rules.ts';
import { type BodyForm, type Format, FORMATS } from './render.ts';
import { parseSigningSecret } from './sign.ts';
import { parseTemplate } from './template.ts';

/** Somebody who is told. */
export interface Endpoint {
  /** What it is called in the log, on the page, in figures and in the queue. */
  readonly id: string;
  /** Whole: with Slack and others the path is the password. */
  readonly url: Secret;
  /** Scheme and host, which may be shown. */
  readonly origin: string;
  readonly severities: readonly Severity[];
  readonly troubles: readonly Trouble[];
  readonly form: BodyForm;
  /** None: it is not signed. The first is the new one while there are two. */
  readonly secrets: readonly Secret[];
  readonly headers: ReadonlyMap<string, Secret>;
  readonly timeoutMs: number;
  readonly allowed: Networks;
  /** Certificate authorities in place of the system's, PEM. */
  readonly ca: string | undefined;
}

/** The file. */
export interface NotifyConfig {
  readonly endpoints: readonly Endpoint[];
  readonly policy: EpisodePolicy;
  /** What endpoints that are made on the page may be. */
  readonly page: PageRules;
}

/** What is told, and to nobody yet, where there is no file. */
export const NO_FILE: NotifyConfig = {
  endpoints: [],
  policy: { forMs: 60_000, keepMs: 300_000 },
  page: { allowHttp: false, allowNetworks: [] },
};

/** Reads a file that the configuration names. Throws when it cannot. */
export type ReadFile = (path: string) => string;

const ID = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What a header may hold: visible characters of ASCII, blanks and tabs between them. */
const HEADER_TEXT = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;
/** Ours to set, or those of the connection. */
const OWN_HEADERS =
  /^(?:webhook-.*|content-.*|host|connection|transfer-encoding|te|upgrade|expect|keep-alive|proxy-.*)$/i;

/** Reads it. Throws `CONFIG_INVALID` that names everything that is wrong, and shows nothing that may be secret. */
export function parseEndpoints(text: string, readFile: ReadFile): NotifyConfig {
  const problems: string[] = [];
  const file = new ConfigFields('the file', parseJson(text, problems), problems);
  const listed = file.value('endpoints') ?? [];
  if (!Array.isArray(listed)) file.problem('endpoints', 'must be a list');
  const endpoints = (Array.isArray(listed) ? listed : []).map((value: unknown, index) =>
    parseEndpoint(new ConfigFields(`endpoints[${index}]`, value, problems), readFile),
  );
  const names = endpoints.map(({ id }) => id);
  const twice = new Set(names.filter((id, index) => id !== '' && names.indexOf(id) !== index));
  for (const id of twice) problems.push(`two endpoints are called ${id}`);
  const policy = {
    forMs: file.integer('holdSeconds', { min: 0, max: 86_400, otherwise: 60 }) * 1000,
    keepMs: file.integer('clearSeconds', { min: 0, max: 86_400, otherwise: 300 }) * 1000,
  };
  const page = parsePageRules(file.value('page'), problems);
  file.end();
  if (problems.length === 0) return { endpoints, policy, page };
  throw new CastaiError('CONFIG_INVALID', `NOTIFY_FILE cannot be used: ${problems.join('; ')}`, {
    hint: 'docs/notifications.md has an example of each kind of endpoint',
  });
}

function parseJson(text: string, problems: string[]): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not in the words of the parser: it quotes what stands there, and that may be a secret.
    problems.push('it is not JSON');
    return {};
  }
}

function parsePageRules(value: unknown, problems: string[]): PageRules {
  if (value === undefined) return NO_FILE.page;
  const fields = new ConfigFields('page', value, problems);
  parseNetworks(fields);
  const rules = { allowHttp: fields.flag('allowHttp'), allowNetworks: fields.texts('allowNetworks') };
  fields.end();
  return rules;
}

/** Reads one endpoint; what is wrong with it is added to the problems of `fields`. */
export function parseEndpoint(fields: ConfigFields, readFile: ReadFile): Endpoint {
  const read = (name: string, value: unknown): string | undefined => textOrFile(fields, { name, value }, readFile);
  const id = fields.value('id');
  const isNamed = typeof id === 'string' && ID.test(id);
  if (!isNamed) fields.problem('id', 'must be 1 to 40 lower-case letters, digits and hyphens');
  const allowed = parseNetworks(fields);
  const url = parseUrl(fields, read('url', fields.value('url') ?? ''), allowed);
  const form = parseForm(fields);
  const secrets = parseSecrets(fields, read);
  if (form.format === 'standard' && secrets.length === 0)
    fields.problem('secrets', 'must hold one or two: it is signed');
  const ca = fields.value('ca');
  const endpoint: Endpoint = {
    id: isNamed ? id : '',
    url: Secret.of(url?.href ?? ''),
    origin: url?.origin ?? '',
    severities: fields.some('severities', SEVERITIES),
    troubles: fields.some('kinds', TROUBLES),
    form,
    secrets,
    headers: parseHeaders(fields, read),
    timeoutMs: fields.integer('timeoutSeconds', { min: 1, max: 30, otherwise: 15 }) * 1000,
    allowed,
    ca: ca === undefined ? undefined : read('ca', ca),
  };
  fields.end();
  return endpoint;
}

/** A text that stands there, or `{"file": "…"}`, whose last line break is none of it. */
function textOrFile(
  fields: ConfigFields,
  { name, value }: { readonly name: string; readonly value: unknown },
  readFile: ReadFile,
): string | undefined {
  if (typeof value === 'string') return value;
  const path = isRecord(value) && Object.keys(value).length === 1 ? value['file'] : undefined;
  if (typeof path !== 'string') {
    fields.problem(name, 'must be a text or {"file": "…"}');
    return undefined;
  }
  try {
    return readFile(path).replace(/\r?\n$/, '');
  } catch (error) {
    fields.problem(name, `cannot be read: ${describeError(error)}`);
    return undefined;
  }
}

function parseNetworks(fields: ConfigFields): Networks {
  try {
    return listOf(fields.texts('allowNetworks'));
  } catch (error) {
    fields.problem('allowNetworks', describeError(error));
    return listOf([]);
  }
}

function parseUrl(fields: ConfigFields, text: string | undefined, allowed: Networks): URL | undefined {
  const allowsHttp = fields.flag('allowHttp');
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    fields.problem('url', 'must be an https:// address');
    return undefined;
  }
  if (url.protocol === 'http:' && !allowsHttp)
    fields.problem('url', 'is not https; "allowHttp": true takes it all the same');
  // Node takes it for the default port: what is shown would not be what is connected to.
  if (url.port === '0') fields.problem('url', 'has the port 0, on which nothing listens');
  if (url.username !== '' || url.password !== '') fields.problem('url', 'must hold no password: give a header');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isAddress = /^[\d.]+$/.test(host) || host.includes(':');
  const why = isAddress ? whyForbidden(host, allowed) : undefined;
  if (why !== undefined) fields.problem('url', `leads to ${why}; "allowNetworks": ["${host}"] takes it all the same`);
  return url;
}

function parseForm(fields: ConfigFields): BodyForm {
  const format = fields.value('format') ?? 'standard';
  const known = FORMATS.find((name): name is Format => name === format);
  const template = fields.value('template');
  if (known === undefined) fields.problem('format', `must be one of ${FORMATS.join(', ')}`);
  if (known !== 'template') {
    if (template !== undefined) fields.problem('template', 'is for the format template');
    return { format: known ?? 'standard' };
  }
  if (!isRecord(template) && !Array.isArray(template)) {
    fields.problem('template', 'must be a JSON document with placeholders');
    return { format: 'template', template: () => ({}) };
  }
  try {
    return { format: 'template', template: parseTemplate(template) };
  } catch (error) {
    fields.problem('template', `cannot be used: ${describeError(error)}`);
    return { format: 'template', template: () => ({}) };
  }
}

function parseSecrets(fields: ConfigFields, read: (name: string, value: unknown) => string | undefined): Secret[] {
  const listed = fields.value('secrets') ?? [];
  if (!Array.isArray(listed) || listed.length > 2) {
    fields.problem('secrets', 'must be a list of one, or of two while one takes the place of the other');
    return [];
  }
  return listed.flatMap((value: unknown, index) => {
    const name = `secrets[${index}]`;
    const secret = read(name, value);
    if (secret === undefined) return [];
    try {
      parseSigningSecret(secret);
    } catch (error) {
      fields.problem(name, `cannot be used: ${describeError(error)}`);
    }
    return [Secret.of(secret)];
  });
}

function parseHeaders(
  fields: ConfigFields,
  read: (name: string, value: unknown) => string | undefined,
): ReadonlyMap<string, Secret> {
  const value = fields.value('headers') ?? {};
  if (!isRecord(value)) fields.problem('headers', 'must be an object');
  const headers = new Map<string, Secret>();
  for (const [name, its] of Object.entries(isRecord(value) ? value : {})) {
    const at = `headers.${name}`;
    if (!TOKEN.test(name)) fields.problem(at, 'is no name of a header');
    else if (OWN_HEADERS.test(name)) fields.problem(at, 'is set by the platform');
    const text = read(at, its);
    if (text === undefined) continue;
    if (!HEADER_TEXT.test(text)) fields.problem(at, 'must be one line of visible ASCII');
    headers.set(name.toLowerCase(), Secret.of(text));
  }
  return headers;
}
