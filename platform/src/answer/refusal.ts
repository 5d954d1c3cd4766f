/** An answer that is not a success: the platform's one error form, JSON `{code, message, …}`. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** What goes into `Retry-After`; `undefined`: nothing is said of it. */
  readonly retryAfterSeconds: number | undefined;

  /** `details` are further fields of the body, such as `expectedSeq`. */
  constructor(
    status: number,
    code: string,
    options: { message: string; details?: Record<string, unknown>; retryAfterSeconds?: number },
  ) {
    super(options.message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.details = options.details ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The body. */
  toJSON(): Record<string, unknown> {
    return { code: this.code, message: this.message, ...this.details };
  }
}

/** 400: the request itself is wrong and will be wrong again. */
export function invalid(message: string): Refusal {
  return new Refusal(400, 'INVALID_REQUEST', { message });
}

/** 403: the key is good, and not for this. */
export function forbidden(message: string): Refusal {
  return new Refusal(403, 'FORBIDDEN', { message });
}

/** 404: no cluster is registered under this id. */
export function unknownCluster(id: string): Refusal {
  return new Refusal(404, 'UNKNOWN_CLUSTER', { message: `no cluster is registered under the id ${id}` });
}

/** 415: a body in this content encoding is not read. */
export function unsupportedEncoding(encoding: string): Refusal {
  return new Refusal(415, 'UNSUPPORTED_ENCODING', { message: `content encoding ${encoding} is not supported` });
}
