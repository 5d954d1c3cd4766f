import { CastaiError, describeError, errorCodeOf } from '../errors.ts';
import { toOneLine } from '../http/one-line.ts';
import { MAX_RETRY_AFTER_MS, parseRetryAfter } from '../http/retry-after.ts';
import { bodyFormatOf } from './content-negotiation.ts';
import { KubeError, type KubeErrorCode } from './kube-error.ts';
import { ownSentence } from './own-sentence.ts';
import type { Redact } from '../log/known-secrets.ts';
import { isRecord } from './kube-object.ts';
import { UNREACHABLE } from './unreachable.ts';

/** An answer that is no success, as far as it matters here. */
export interface KubeAnswer {
  /** What was asked for, behind whatever the server's address has before it, with or without its query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | undefined;
  /** The header, in either of its forms. */
  readonly retryAfter: string | undefined;
  /** At most the first 64 KiB. */
  readonly body: Uint8Array;
  /** Wall clock, for a `Retry-After` that is a date. */
  readonly nowMs: number;
  /** What must not be quoted: before it is cut, since of a half nobody would know it. */
  readonly redact?: Redact | undefined;
}

/** The parts of a `metav1.Status` that are used. */
interface Status {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly string[];
  readonly retryAfterSeconds: number | undefined;
  readonly continueToken: string;
}

/** What its message reads like where it is told. */
type Quoted = Status & { readonly quoted?: string };

/**
 * What an answer that is no success means. Nobody else looks at status codes.
 *
 * The body is a Status if its content type is JSON and it says so; 404 and 503 come as plain text when a group or an
 * aggregated API server is absent, and a middlebox may answer with a page. Of those bodies nothing is quoted, and what they say of the
 * cluster (that something is absent, forbidden or in conflict) is not believed: a load balancer without a backend says 404 of
 * every node.
 */
export function classifyAnswer(answer: KubeAnswer): KubeError {
  const status = bodyFormatOf(answer.contentType) === 'json' ? parseStatus(parseJson(answer.body)) : undefined;
  const fromHeader = parseRetryAfter(answer.retryAfter, answer.nowMs);
  if (status === undefined && isStrangers(answer)) {
    const { status: httpStatus } = answer;
    const words = `${httpStatus} came from something that is not the API server`;
    return new KubeError('KUBE_SERVER_ERROR', words, {
      status: httpStatus,
      retryAfterMs: fromHeader,
      hint: STRANGER_HINT,
    });
  }
  return toKubeError(answer.status, quotable(status, answer.redact), fromHeader);
}

/**
 * What the API server says with a Status, or, where nobody serves the path, in the one line of Go's own server; and what would be believed to
 * our harm. That something has expired or is invalid only leads to reading again.
 */
const SAID_WITH_STATUS: ReadonlySet<number> = new Set([403, 404, 409]);

/** What every API server serves: half of all proxies are written in Go, and say that line of everything that they do not know. */
const ALWAYS_SERVED = /^\/(?:api\/v1\/|(?:apis?|version)(?:\?|$))/u;

const STRANGER_HINT =
  'a proxy or load balancer answers in the place of the API server: check that its address leads there';

function isStrangers({ path, status, body }: KubeAnswer): boolean {
  if (!SAID_WITH_STATUS.has(status)) return false;
  if (status !== 404 || ALWAYS_SERVED.test(path)) return true;
  return Buffer.from(body.subarray(0, 64)).toString('latin1').trim() !== '404 page not found';
}

/** Only what is quoted: a word that decides, and is somebody's password by chance, goes on deciding. */
function quotable(status: Status | undefined, redact: Redact | undefined): Quoted | undefined {
  if (status === undefined) return undefined;
  return redact === undefined ? status : { ...status, quoted: redact(status.message) };
}

/**
 * What a Status means that came inside a stream, as an ERROR event or in place of a list, always with HTTP 200.
 * `undefined` if the value is no Status of a failure.
 */
export function classifyStatus(value: unknown): KubeError | undefined {
  const status = parseStatus(value);
  return status === undefined || status.code < 300 ? undefined : toKubeError(status.code, status, undefined);
}

/**
 * What a failure of the connection means, before or after the headers of an answer. Certificates count as well: a server
 * that cannot prove who it is has not been reached. Credentials that could not be read are as good as refused ones.
 */
export function classifyTransport(error: unknown): KubeError {
  if (error instanceof KubeError) return error;
  if (error instanceof CastaiError) {
    return new KubeError('KUBE_UNAUTHORIZED', error.message, { cause: error, hint: error.hint });
  }
  const code = errorCodeOf(error);
  const details = { cause: error, ...(code !== undefined && isCertificateProblem(code) ? { hint: CA_HINT } : {}) };
  const text = describeError(error);
  return new KubeError(
    'KUBE_UNREACHABLE',
    `${UNREACHABLE}${code === undefined || text.includes(code) ? text : `${text} (${code})`}`,
    details,
  );
}

const CA_HINT = 'the API server is not signed by the cluster CA in use: check the CA file or the kubeconfig';

function isCertificateProblem(code: string): boolean {
  return /CERT|SIGNATURE|ISSUER/.test(code);
}

function toKubeError(httpStatus: number, status: Quoted | undefined, fromHeader: number | undefined): KubeError {
  const isRefused = isOfAdmission(status);
  const code = isRefused ? refusalBy(httpStatus, status) : codeOf(httpStatus, status);
  return new KubeError(code, `the API server answered ${httpStatus}: ${whatItSaid(httpStatus, status)}`, {
    status: httpStatus,
    reason: status?.reason === '' ? undefined : status?.reason,
    causes: status?.causes,
    retryAfterMs: fromHeader ?? fromSeconds(status?.retryAfterSeconds),
    continueToken: status?.continueToken === '' ? undefined : status?.continueToken,
    isByWebhook: isRefused && code === 'KUBE_FORBIDDEN',
    hint: code === 'KUBE_FORBIDDEN' && !isOfRights(status) ? undefined : HINTS[code],
  });
}

/**
 * From 500 on the text may be a webhook's, which quotes whatever it likes of an object: only a sentence that is known to be the API
 * server's own is told. Below, it is its own words about our request.
 */
function whatItSaid(httpStatus: number, status: Quoted | undefined): string {
  const message = status?.quoted ?? status?.message;
  const text = httpStatus >= 500 ? ownSentence(message ?? '') || status?.reason : message;
  return text === undefined || text === '' ? 'without a reason' : toOneLine(text);
}

/** What is known of a right that is missing without knowing what was asked for. */
export const RIGHTS_HINT = 'the RBAC role of our service account does not allow this request';

const HINTS: Partial<Record<KubeErrorCode, string>> = {
  KUBE_UNAUTHORIZED:
    'the API server does not accept our credentials: check the service account token or the kubeconfig',
  KUBE_FORBIDDEN: RIGHTS_HINT,
};

/**
 * Whether a 403 is about our rights, as far as can be told: the authorizer names the user and the verb. Admission (a webhook, a quota, a
 * namespace that ends) refuses with the same code what we may well ask for.
 */
function isOfRights(status: Status | undefined): boolean {
  const message = status?.message ?? '';
  return message === '' || /User "[^"]*" cannot /.test(message);
}

/** Admission webhooks choose status and reason of their refusals freely; these are the API server's own words around them. */
function isOfAdmission(status: Status | undefined): status is Status {
  return /^admission webhook "[^"]*" denied the request/.test(status?.message ?? '');
}

/**
 * A webhook that did not find something of its own refuses with 404, controller-runtime's `Errored` does with any code: none of these says
 * that our object is gone, has changed or has expired. What asks to come again later, or is a fault, stays what it is.
 */
function refusalBy(httpStatus: number, status: Status): KubeErrorCode {
  return httpStatus === 429 || httpStatus >= 500 ? codeOf(httpStatus, status) : 'KUBE_FORBIDDEN';
}

/** One line per class of answer; the comments give the reaction that the callers have to it. */
function codeOf(httpStatus: number, status: Status | undefined): KubeErrorCode {
  switch (httpStatus) {
    case 401:
      return 'KUBE_UNAUTHORIZED';
    case 403:
      // An empty or unknown token makes us anonymous: credentials to repair, not a kind to give up.
      return status?.message.includes('system:anonymous') ? 'KUBE_UNAUTHORIZED' : 'KUBE_FORBIDDEN';
    case 404:
      return 'KUBE_NOT_FOUND';
    case 405:
      return 'KUBE_METHOD_NOT_ALLOWED';
    case 406:
      return 'KUBE_NOT_ACCEPTABLE';
    case 409:
      return 'KUBE_CONFLICT';
    case 410:
      // History or continue token are gone: list again, other kinds are not concerned.
      return 'KUBE_EXPIRED';
    case 422:
      // Also a JSON patch whose `test` failed: read again and rebuild.
      return 'KUBE_INVALID';
    case 429:
      // Too many requests, a cache that is still filling, a disruption budget: wait, what we have stays valid.
      return 'KUBE_THROTTLED';
    default:
      return codeOfRange(httpStatus, status);
  }
}

function codeOfRange(httpStatus: number, status: Status | undefined): KubeErrorCode {
  if (httpStatus >= 500) {
    // The server waited for its cache to reach our resourceVersion and it did not; old servers only have the text.
    if (status?.causes.includes('ResourceVersionTooLarge') || status?.message.includes('Too large resource version')) {
      return 'KUBE_TOO_LARGE_RESOURCE_VERSION';
    }
    // A resourceVersion that is no number is a 500 with nothing but Go's message. Trying it again would never help.
    if (status?.reason === '' && status.message.includes('invalid syntax')) return 'KUBE_BAD_REQUEST';
    return 'KUBE_SERVER_ERROR';
  }
  // No API server redirects or answers a request of ours with less than 300 and another body: something is in between.
  return httpStatus >= 400 ? 'KUBE_BAD_REQUEST' : 'KUBE_SERVER_ERROR';
}

function parseStatus(value: unknown): Status | undefined {
  if (!isRecord(value) || value['kind'] !== 'Status') return undefined;
  const { code, reason, message, details, metadata } = value;
  const { causes, retryAfterSeconds } = isRecord(details) ? details : {};
  return {
    code: typeof code === 'number' && code > 0 ? code : value['status'] === 'Success' ? 200 : codeBy(textOf(reason)),
    reason: textOf(reason),
    message: textOf(message),
    causes: Array.isArray(causes)
      ? causes.map((cause: unknown) => (isRecord(cause) ? textOf(cause['reason']) : ''))
      : [],
    retryAfterSeconds: typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined,
    continueToken: isRecord(metadata) ? textOf(metadata['continue']) : '',
  };
}

/** Codes that go with reasons (apimachinery, `StatusReason`), where they lead to something else than an error of the server's own. */
const CODES: ReadonlyMap<string, number> = new Map([
  ['BadRequest', 400],
  ['Unauthorized', 401],
  ['Forbidden', 403],
  ['NotFound', 404],
  ['MethodNotAllowed', 405],
  ['NotAcceptable', 406],
  ['AlreadyExists', 409],
  ['Conflict', 409],
  ['Expired', 410],
  ['Gone', 410],
  ['Invalid', 422],
  ['TooManyRequests', 429],
]);

/** A server that leaves the code out has mostly said a reason. Without one it could mean anything: an error of its own. */
function codeBy(reason: string): number {
  return CODES.get(reason) ?? 500;
}

/** A Status says 0 when it has nothing to say. */
function fromSeconds(seconds: number | undefined): number | undefined {
  if (seconds === undefined || seconds <= 0) return undefined;
  return Math.min(seconds * 1000, MAX_RETRY_AFTER_MS);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
