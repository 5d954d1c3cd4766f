/**
 * Everything that can go wrong, as a closed set: logs, metrics, exit codes and tests name failures by these codes, never by their text.
 * A new code is one line here, in alphabetical order.
 */
export type ErrorCode =
  | 'ABORTED'
  | 'CONFIG_FILE_UNREADABLE'
  | 'CONFIG_INVALID'
  | 'CREDENTIALS_UNREADABLE'
  | 'IDENTITY_UNKNOWN'
  | 'INIT_DATA_UNUSABLE'
  | 'INTERNAL'
  | 'KUBE_BAD_REQUEST'
  | 'KUBE_CONFLICT'
  | 'KUBE_EXPIRED'
  | 'KUBE_FORBIDDEN'
  | 'KUBE_FRAME_TOO_LARGE'
  | 'KUBE_INVALID'
  | 'KUBE_METHOD_NOT_ALLOWED'
  | 'KUBE_NOT_ACCEPTABLE'
  | 'KUBE_NOT_FOUND'
  | 'KUBE_SERVER_ERROR'
  | 'KUBE_STREAM_BROKEN'
  | 'KUBE_THROTTLED'
  | 'KUBE_TOO_LARGE_RESOURCE_VERSION'
  | 'KUBE_UNAUTHORIZED'
  | 'KUBE_UNREACHABLE'
  | 'KUBE_WATCHDOG'
  | 'PLATFORM_BAD_ANSWER'
  | 'PLATFORM_REJECTED'
  | 'PLATFORM_UNAUTHORIZED'
  | 'PLATFORM_UNREACHABLE'
  | 'PORT_IN_USE';

/** What a `CastaiError` may carry beside code and message. */
export interface CastaiErrorOptions {
  /** What was caught; always given when there is one, because the root of a network failure is several causes deep. */
  readonly cause?: unknown;
  /** One sentence for the operator: what to do about it. */
  readonly hint?: string | undefined;
}

/** The only error type that our code throws on purpose. */
export class CastaiError extends Error {
  override readonly name: string = 'CastaiError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: CastaiErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options.hint;
  }
}

/**
 * Turns whatever was caught into ours, keeping it as the cause; ours pass unchanged.
 * An abort keeps its meaning: it becomes `ABORTED` whatever the fallback, so nobody counts a stop as a failure.
 */
export function toCastaiError(value: unknown, fallback: ErrorCode): CastaiError {
  if (value instanceof CastaiError) return value;
  const code = value instanceof Error && value.name === 'AbortError' ? 'ABORTED' : fallback;
  return new CastaiError(code, describeError(value), { cause: value });
}

/**
 * The text of anything thrown. Node's connection failures over several addresses are `AggregateError`s with an empty
 * message, so the parts speak for them.
 */
export function describeError(value: unknown): string {
  if (!(value instanceof Error)) return typeof value === 'string' ? value : `a thrown ${typeof value}`;
  if (value.message !== '') return value.message;
  if (value instanceof AggregateError && value.errors.length > 0) return value.errors.map(describeError).join('; ');
  return errorCodeOf(value) ?? value.name;
}

/** The `code` that Node and the client libraries put on errors (`ECONNREFUSED`, `UND_ERR_SOCKET`), if there is one. */
export function errorCodeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('code' in value)) return undefined;
  return typeof value.code === 'string' ? value.code : undefined;
}

/** The causes of an error from the nearest to the root, at most eight: a chain may be a ring. */
export function causesOf(value: unknown): unknown[] {
  const causes: unknown[] = [];
  let current = value;
  while (current instanceof Error && current.cause !== undefined && causes.length < 8) {
    causes.push(current.cause);
    current = current.cause;
  }
  return causes;
}

/**
 * States what only a bug of ours can make false; what comes from outside is classified instead, it may be anything. Meant for both
 * ends of a boundary: who hands over says what it gives, who takes says what it got. Throws `INTERNAL`, which ends the program: to
 * go on with a state that cannot be would do damage out of sight.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new CastaiError('INTERNAL', `BUG: ${message}`);
}

/** Gives a value that only a bug of ours can make absent. Throws `INTERNAL` like `assert`. */
export function must<T>(value: T | null | undefined, message: string): T {
  if (value === undefined || value === null) throw new CastaiError('INTERNAL', `BUG: ${message}`);
  return value;
}

/** Ends an exhaustive `switch`: the compiler complains when a case is missing. Throws `INTERNAL` if it is ever reached. */
export function unreachable(value: never): never {
  throw new CastaiError('INTERNAL', `BUG: a case that cannot happen: ${JSON.stringify(value)}`);
}
