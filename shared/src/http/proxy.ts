import { CastaiError } from '../errors.ts';
import type { ConnectionSettings } from './connection.ts';
import { bypassesProxy } from './no-proxy.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a destination, or undefined for a direct connection.
 *
 * Follows what Go programs do, because customers write these variables once for all their agents: upper case before
 * lower case, a proxy without a scheme is plain HTTP. Throws `CONFIG_INVALID` for a proxy that cannot be used.
 */
export function proxyFor(settings: Pick<ConnectionSettings, 'baseUrl' | 'proxy' | 'environment'>): URL | undefined {
  const { baseUrl, environment, proxy } = settings;
  if (proxy === 'none') return undefined;
  if (proxy !== 'environment') return parseProxy('the proxy URL', proxy.url);
  const variable = baseUrl.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = lookUp(environment, variable);
  if (value === undefined || bypassesProxy(baseUrl, lookUp(environment, 'NO_PROXY') ?? '')) return undefined;
  return parseProxy(variable, value);
}

/** A proxy as it may be shown: without user and password. */
export function describeProxy(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`;
}

/** User and password as they are meant, empty if there are none. */
export function credentialsOf({ username, password }: URL): { user: string; password: string } {
  return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/**
 * User and password in what a person wrote as a proxy, also where the rest of it cannot be used; undefined: there are none. For whoever has
 * to keep them out of sight.
 */
export function credentialsIn(value: string): { user: string; password: string } | undefined {
  const { credentials } = SHAPE.exec(value.replace(/^["'`\s]+/u, ''))?.groups ?? {};
  if (credentials === undefined) return undefined;
  const [user = '', ...password] = credentials.split(':');
  return { user: plain(user), password: plain(password.join(':')) };
}

/** An empty variable counts as unset: charts render unset values that way. */
function lookUp(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim() || environment[variable.toLowerCase()]?.trim();
  return value === '' ? undefined : value;
}

/** The value is never quoted in errors: it may hold a password. */
function parseProxy(variable: string, value: string): URL {
  const { scheme, credentials, host = '', path = '' } = SHAPE.exec(value)?.groups ?? {};
  // A path says nothing to a proxy, so Go takes no notice of one. Without a scheme it is one that was written wrongly, as in `https:/proxy`.
  const isMisspelt = scheme === undefined && path !== '' && path !== '/';
  const url = isMisspelt || NO_HOST.test(host) ? null : URL.parse(`${scheme ?? 'http'}://${host}`);
  if (url === null || url.hostname === '') {
    throw new CastaiError('CONFIG_INVALID', `${variable} is not a URL`, {
      hint: `set ${variable} to something like http://proxy.example.com:3128`,
    });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new CastaiError('CONFIG_INVALID', `${variable} has the scheme "${url.protocol.slice(0, -1)}"`, {
      hint: 'only http and https proxies are supported',
    });
  }
  return withCredentials(url, credentials);
}

function withCredentials(url: URL, credentials: string | undefined): URL {
  if (credentials === undefined) return url;
  const [user = '', ...password] = credentials.split(':');
  url.username = encoded(user);
  url.password = encoded(password.join(':'));
  return url;
}

/**
 * What a person writes into the variable: the credentials end at the *last* at sign, because passwords hold at signs, slashes and
 * hash signs, which a parser of URLs takes for the end of the host.
 */
const SHAPE = /^(?:(?<scheme>[a-z][a-z\d+.-]*):\/\/)?(?:(?<credentials>.*)@)?(?<host>[^@/?#]*)(?<path>[^@]*)$/isu;
/** What the parser of URLs leaves in a host and no host has, such as the quotes of a value that was quoted twice. */
const NO_HOST = /["'`<>{}|^\\\s]/u;

/** Written for a URL already or plain, both are meant: what is a percent escape is one, every other percent sign is itself. */
function encoded(text: string): string {
  return encodeURIComponent(plain(text).toWellFormed());
}

function plain(text: string): string {
  return text.replaceAll(/(?:%[\da-f]{2})+/giu, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      // Escapes of something that is no text: they stand for themselves.
      return escapes;
    }
  });
}
