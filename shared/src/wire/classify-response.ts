import type { NetworkFailure } from '../http/network-error.ts';
import type { ErrorBody } from './error-body.ts';
import { parseRetryAfter } from '../http/retry-after.ts';
import type { ContentEncoding, Outcome, Verdict } from './transport.ts';

/** An HTTP answer as far as its meaning depends on it. */
export interface Answer<T> {
  /** As received; any number is taken. */
  readonly status: number;
  /** Headers that carry meaning. */
  readonly retryAfter?: string | undefined;
  readonly location?: string | undefined;
  /** What the success body turned out to be; looked at with a 2xx only. */
  readonly success: SuccessBody<T>;
  /** The platform's error body; `undefined` when the body is none of its own. */
  readonly error?: ErrorBody | undefined;
  /** How the request was compressed; absent when it was not. */
  readonly encoding?: ContentEncoding | undefined;
  /** The body was a page for people. */
  readonly isPage?: boolean;
  /** The own wall clock, for a `Retry-After` date. */
  readonly nowMs: number;
}

/** A success body that was read and checked, or in words what is wrong with it. */
export type SuccessBody<T> =
  | { readonly valid: true; readonly value: T }
  | { readonly valid: false; readonly problem: string; readonly ackMismatch?: boolean };

type Details = Omit<Extract<Verdict, { kind: 'UNAVAILABLE' }>, 'kind'>;

/**
 * What an answer of the platform means. The only place that looks at a status code; total over every number
 * (`ingest/PROTOCOL.md` has what an agent does with each).
 */
export function classifyResponse<T>(answer: Answer<T>): Outcome<T> {
  const { status, success } = answer;
  if (status >= 200 && status <= 299 && success.valid) return { ok: true, value: success.value };
  return { ok: false, verdict: toVerdict(answer) };
}

/** What an attempt without an answer means: the platform may or may not have it, so the same bytes go out again. */
export function classifyFailure(failure: NetworkFailure): Extract<Outcome<never>, { ok: false }> {
  const { detail, hint } = failure;
  return { ok: false, verdict: { kind: 'NO_ANSWER', failure, detail, ...(hint === undefined ? {} : { hint }) } };
}

function toVerdict(answer: Answer<unknown>): Verdict {
  const { status } = answer;
  const byPlatform = answer.error !== undefined;
  if (isOfDictionary(answer)) return { kind: 'UNSUPPORTED_ENCODING', next: 'zstd', byPlatform, ...detailsOf(answer) };
  switch (status) {
    // The bytes or one entry in them are at fault; sent again they would fail again.
    case 400:
    case 422:
      return { kind: 'REJECTED', byPlatform, ...detailsOf(answer, strangerHint(answer)) };

    // A revoked or rotated key, or a firewall with an opinion. It may heal without us, so nothing is thrown away.
    case 401:
    case 403:
      return { kind: 'UNAUTHORIZED', keyChanged: false, byPlatform, ...detailsOf(answer, keyHint(answer)) };

    // Only with the platform's own code: any web server says 404 for a path that it does not serve.
    case 404:
      return toNotFound(answer);

    // The sequence of batches or the right to send them is in question: the code says which.
    case 409:
      return toConflict(answer);

    // Whoever said it, front door or platform, a smaller body is the only cure.
    case 413:
      return { kind: 'TOO_LARGE', byPlatform, ...detailsOf(answer, strangerHint(answer)) };

    // zstd as a content coding is young (RFC 8878): boxes in between may refuse it.
    case 415:
      return toUnsupportedEncoding(answer);

    // Slow down or come back later; a request timeout or an early-data refusal asks for the same.
    case 408:
    case 425:
    case 429:
      return { kind: 'UNAVAILABLE', ...detailsOf(answer) };

    // Only a proxy sends these two: one wants credentials, the other wants somebody to log in to the network.
    case 407:
    case 511:
      return interference(answer, 'the proxy on the way wants credentials: put them into HTTPS_PROXY');

    default:
      return toVerdictByClass(answer);
  }
}

function toVerdictByClass(answer: Answer<unknown>): Verdict {
  const { status } = answer;
  // Broken, overloaded or restarting, in front of the platform or in it. Every 5xx heals by waiting or not at all.
  if (status >= 500 && status <= 599) return { kind: 'UNAVAILABLE', ...detailsOf(answer) };

  // Following a redirect would hand key and data to an address that nobody configured.
  if (status >= 300 && status <= 399) {
    return interference(answer, 'redirects are not followed: set API_URL to the final address of the platform');
  }

  // A success that no platform gave: a login page, a cache, an inspecting proxy. Believing it would lose the batch.
  if (status >= 200 && status <= 299) {
    return interference(answer, 'something between here and the platform answers: check proxies and API_URL');
  }

  // 1xx as a final answer, the other 4xx, and what is no status at all: not of this protocol.
  return interference(answer, 'what answers does not speak this protocol: check API_URL and proxies');
}

function toNotFound(answer: Answer<unknown>): Verdict {
  if (answer.error?.code === 'UNKNOWN_CLUSTER') return { kind: 'UNKNOWN_CLUSTER', ...detailsOf(answer) };
  return interference(answer, 'check that API_URL is the address of the platform, without a path of its own');
}

function toConflict(answer: Answer<unknown>): Verdict {
  const details = detailsOf(answer);
  switch (answer.error?.code) {
    case 'FENCED':
      return fenced(details, answer.error);
    case 'NOT_LEADER':
      return notLeader(details, answer.error);
    case 'GAP': {
      const { expectedSeq } = answer.error;
      return { kind: 'GAP', ...details, ...(expectedSeq === undefined ? {} : { expectedSeq }) };
    }
    case 'UNKNOWN_EPOCH':
      return { kind: 'UNKNOWN_EPOCH', ...details };
    default:
      // A conflict of another kind, or not the platform's: nothing says that the session is over.
      return interference(answer, 'what answers does not speak this protocol: check API_URL and the version');
  }
}

function fenced(details: Details, { openedBy }: ErrorBody): Verdict {
  return { kind: 'FENCED', ...details, ...(openedBy === undefined ? {} : { openedBy }) };
}

function notLeader(details: Details, { seenTransitions }: ErrorBody): Verdict {
  return { kind: 'NOT_LEADER', ...details, ...(seenTransitions === undefined ? {} : { seenTransitions }) };
}

/** What a box says to a body that it cannot look into. */
const REFUSED_BODY: ReadonlySet<number> = new Set([400, 403, 406, 415, 422, 501]);

/**
 * Whether the dictionary may be why a body was refused: it never has to be used, so nothing is concluded from such an answer but that it
 * goes without. The platform says so when the body reached it changed (`UNDECODABLE`), or it does not know this dictionary.
 */
function isOfDictionary({ status, encoding, error }: Answer<unknown>): boolean {
  if (encoding !== 'dcz' || !REFUSED_BODY.has(status)) return false;
  return error === undefined || status === 415 || error.code === 'UNDECODABLE';
}

function toUnsupportedEncoding(answer: Answer<unknown>): Verdict {
  const byPlatform = answer.error !== undefined;
  if (answer.encoding === 'zstd') {
    return { kind: 'UNSUPPORTED_ENCODING', next: 'gzip', byPlatform, ...detailsOf(answer) };
  }
  return {
    kind: 'UNSUPPORTED_ENCODING',
    byPlatform,
    ...detailsOf(answer, 'a box on the way refuses compressed or binary bodies'),
  };
}

function interference(answer: Answer<unknown>, hint: string): Verdict {
  const { success, status } = answer;
  const ackMismatch = status >= 200 && status <= 299 && !success.valid && success.ackMismatch === true;
  const page = answer.isPage === true ? ({ isPage: true } as const) : {};
  const words = answer.error === undefined ? {} : ({ byPlatform: true } as const);
  return { kind: 'INTERFERENCE', ackMismatch, ...page, ...words, ...detailsOf(answer, hint) };
}

function strangerHint({ error }: Answer<unknown>): string | undefined {
  return error === undefined ? 'the answer is not in the words of the platform: check API_URL and proxies' : undefined;
}

function keyHint(answer: Answer<unknown>): string {
  if (answer.error?.code.startsWith('POD_TOKEN_') === true) {
    return "the key is good: check that the file that POD_TOKEN_FILE names holds a token for the platform's audience, of this cluster and this node";
  }
  return answer.error === undefined
    ? 'the answer is not in the words of the platform: check proxies and firewalls on the way, then API_KEY'
    : 'check that API_KEY (or the file that API_KEY_FILE names) holds a valid key with write access to this cluster';
}

function detailsOf(answer: Answer<unknown>, hint?: string): Details {
  const retryAfterMs = parseRetryAfter(answer.retryAfter, answer.nowMs);
  return {
    status: answer.status,
    detail: describe(answer),
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** "HTTP 409 FENCED: a newer session has taken over". Foreign bodies are not quoted: they may hold anything. */
function describe({ status, success, error, location }: Answer<unknown>): string {
  if (error !== undefined) {
    const { code, message } = error;
    return `HTTP ${status}${code === '' ? '' : ` ${code}`}${message === '' ? '' : `: ${message}`}`;
  }
  if (status >= 300 && status <= 399) return `HTTP ${status} to ${originOf(location)}`;
  if (status >= 200 && status <= 299 && !success.valid) return `HTTP ${status}, ${success.problem}`;
  return `HTTP ${status} without an error body of the platform`;
}

/** The host is what tells a captive portal; path and query may hold tokens. */
function originOf(location: string | undefined): string {
  if (location === undefined) return 'nowhere';
  return URL.parse(location)?.origin ?? 'a relative address';
}
