import type { Redact } from '../log/known-secrets.ts';
import { toOneLine } from './one-line.ts';

/**
 * How an attempt failed below HTTP.
 * `refused`: nothing accepts connections there, or no route; `reset`: an established connection was torn down;
 * `closed`: it was closed in good order before the answer was complete; `proxy`: the proxy refused to pass it on.
 */
export type NetworkErrorKind = 'refused' | 'reset' | 'timeout' | 'dns' | 'tls' | 'proxy' | 'closed' | 'other';

/** A network error in our words. */
export interface NetworkFailure {
  readonly kind: NetworkErrorKind;
  /** The code that the runtime or the library gave, such as `ECONNREFUSED`; empty when there was none. */
  readonly code: string;
  /** One line, bounded. */
  readonly detail: string;
  readonly hint?: string;
}

/** Wrappers are nested two or three deep; a chain that points to itself must not hang us. */
const MAX_DEPTH = 8;

/**
 * What a failed request failed of, from the errors of `node:net`, `node:tls`, `node:http`, undici and axios. The only
 * place that knows their codes. Looks through `cause` and through the several addresses of one name. `redact` sees the words before they are cut: a
 * proxy's status line says what the proxy likes, and of a secret in it the first characters could be left. Undefined is for who
 * has no secret: it is asked for so that nobody forgets it.
 */
export function toNetworkFailure(error: unknown, redact: Redact | undefined): NetworkFailure {
  const chain = [...unwrap(error)];
  const known = chain.find((link) => kindOf(link) !== undefined) ?? chain[0];
  if (known === undefined) return { kind: 'other', code: '', detail: 'request failed' };
  const kind = kindOf(known) ?? 'other';
  const { code, message } = known;
  const hint = hintOf(kind, known);
  // Addresses that failed with the same words say it once.
  const words = message === '' ? code : message;
  const plain = toOneLine(redact?.(words) ?? words)
    .replace(NODES_ADVICE, '')
    .replace(OPENSSL, 'TLS: $<reason>');
  const detail = plain.trim() || 'request failed';
  return { kind, code, detail, ...(hint === undefined ? {} : { hint }) };
}

interface Link {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

/** Node's own, which is about the machine that it runs on; ours is the hint. */
const NODES_ADVICE = /; if the root CA is installed locally, .*$/;

/** A line of OpenSSL's queue of errors: addresses of memory, numbers and paths of its sources around the few words that say something. */
const OPENSSL =
  /(?:(?:read|write) EPROTO )?(?:[\dA-F]{4,}:)?error:[\dA-F]{8}:[^:]*:[^:]*:(?<reason>[^:]+):[^:\s]+:\d+:.*$/i;

function* unwrap(error: unknown): Generator<Link> {
  let current: unknown = error;
  for (let depth = 0; depth < MAX_DEPTH && current instanceof Error; depth++) {
    const code: unknown = Reflect.get(current, 'code');
    yield { name: current.name, code: typeof code === 'string' ? code : '', message: current.message };
    // One name with several addresses fails with all their errors at once; the first is the preferred address.
    current = current instanceof AggregateError ? (current.errors.at(0) ?? current.cause) : current.cause;
  }
}

const KINDS = new Map<string, NetworkErrorKind>([
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'refused'],
  ['ENETUNREACH', 'refused'],
  ['EHOSTDOWN', 'refused'],
  ['ENETDOWN', 'refused'],
  ['EADDRNOTAVAIL', 'refused'],
  ['EACCES', 'refused'],
  ['EPERM', 'refused'],

  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['ECONNABORTED', 'reset'],

  ['ETIMEDOUT', 'timeout'],
  ['ESOCKETTIMEDOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 'timeout'],

  ['ENOTFOUND', 'dns'],
  ['ENODATA', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['EAI_FAIL', 'dns'],
  ['EAI_NODATA', 'dns'],
  ['EAI_NONAME', 'dns'],
  ['ESERVFAIL', 'dns'],

  ['EPROTO', 'tls'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'tls'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
  ['UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 'tls'],
  ['HOSTNAME_MISMATCH', 'tls'],
  ['INVALID_CA', 'tls'],
  ['INVALID_PURPOSE', 'tls'],
  ['PATH_LENGTH_EXCEEDED', 'tls'],

  ['ERR_PROXY_TUNNEL', 'proxy'],
  ['ERR_PROXY_INVALID_CONFIG', 'proxy'],

  ['UND_ERR_SOCKET', 'closed'],
  ['UND_ERR_CLOSED', 'closed'],
  ['UND_ERR_DESTROYED', 'closed'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'closed'],
  ['ERR_STREAM_PREMATURE_CLOSE', 'closed'],
]);

function kindOf({ name, code, message }: Link): NetworkErrorKind | undefined {
  const kind = KINDS.get(code);
  if (kind !== undefined) return kind;
  // OpenSSL and X.509 name a few hundred reasons; these prefixes cover them.
  if (/^(?:ERR_(?:TLS|SSL|OSSL)_|CERT_|CRL_|UNABLE_TO_GET_CRL)/.test(code)) return 'tls';
  // undici has no code of its own for a proxy that refuses the tunnel, only these words.
  if (message.startsWith('Proxy response (')) return 'proxy';
  if (name === 'TimeoutError') return 'timeout';
  return undefined;
}

/** Trust failures: the certificate was readable, and nobody whom we trust has signed it. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
]);

/** What to do where nothing comes back. */
export const NO_ANSWER_HINT =
  'check that a firewall does not drop outgoing connections; behind a proxy, set HTTPS_PROXY';

function hintOf(kind: NetworkErrorKind, link: Link): string | undefined {
  switch (kind) {
    case 'refused':
      return 'check host and port, and whether a network policy or firewall blocks outgoing connections';
    case 'dns':
      return 'check the host name and that DNS works from this pod; behind a proxy, set HTTPS_PROXY';
    case 'timeout':
      return NO_ANSWER_HINT;
    case 'tls':
      return tlsHint(link);
    case 'proxy':
      return proxyHint(link);
    case 'reset':
    case 'closed':
      // Restarts of a load balancer look like this several times a day: nothing to do unless it stays.
      return link.message === UNASKED ? UNASKED_HINT : undefined;
    case 'other':
      return isNoHttp(link) ? 'what answers is not HTTP: check scheme and port' : undefined;
  }
}

/** undici's whole answer to a `100 Continue` for which it has not asked. */
const UNASKED = 'bad response';
const UNASKED_HINT = 'what answers sends "100 Continue" without being asked to: look at proxies on the way';

/** The parser has a code in Node, and in undici only its name. */
function isNoHttp({ code, name }: Link): boolean {
  return code.startsWith('HPE_') || name === 'HTTPParserError';
}

function proxyHint({ message }: Link): string {
  if (/\b407\b/.test(message)) return 'the proxy wants credentials: put user and password into HTTPS_PROXY';
  // Node's words where nothing came that could be refused by.
  if (/ (?:timed out after|ended unexpectedly)/.test(message))
    return 'the proxy does not answer as one: check HTTPS_PROXY, and that a proxy runs there';
  return 'the proxy does not let this destination through: allow it there, or name the host in NO_PROXY';
}

function tlsHint({ code }: Link): string {
  if (code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
    return 'what answers speaks no HTTP/1.1, as with HTTP/2 alone: allow HTTP/1.1 there';
  if (UNTRUSTED.has(code)) {
    return 'the certificate is not signed by a known authority, as behind a TLS-inspecting proxy: give its CA bundle in TLS_CA_CERT_FILE';
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return 'check the clock of this node, then the certificate of the server';
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return 'the certificate is for another host: check the address, and proxies on the way';
  }
  return 'check that the port speaks TLS, and proxies on the way';
}
