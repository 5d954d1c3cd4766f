/** Body of an answer that says what went wrong, as the API prints it. */
export interface StatusBody {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly code: number;
}

/** What a Status is made from. */
export interface StatusSpec {
  readonly code: number;
  readonly reason?: string;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Forms the body. */
export function statusBody({ code, reason, message, metadata = {}, details }: StatusSpec): StatusBody {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata,
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

/** Thrown where a request is refused; the front turns it into the answer. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly body: StatusBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(spec: StatusSpec, headers: Readonly<Record<string, string>> = {}) {
    super(spec.message);
    this.body = statusBody(spec);
    this.headers = headers;
  }
}

/** 404 or 503 that is not a Status but a line of text, as for paths which no API group serves. */
export class PlainTextError extends Error {
  override readonly name = 'PlainTextError';
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

/** The answer for a path that nobody serves. */
export function pathNotFound(): PlainTextError {
  return new PlainTextError(404, '404 page not found');
}

/** 400. */
export function badRequest(message: string): StatusError {
  return new StatusError({ code: 400, reason: 'BadRequest', message });
}

/** 404 of an object or resource. */
export function notFound(resource: string, name: string, group = ''): StatusError {
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: `${resourceName(resource, group)} "${name}" not found`,
    details: { name, ...(group === '' ? {} : { group }), kind: resource },
  });
}

/** 409: somebody else was faster, or the object is not the one that was meant. */
export function conflict(message: string, reason: 'Conflict' | 'AlreadyExists' = 'Conflict'): StatusError {
  return new StatusError({ code: 409, reason, message });
}

/** 422 that blames one field. */
export function invalid(field: string, message: string): StatusError {
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: `${field}: ${message}`,
    details: { causes: [{ reason: 'FieldValueForbidden', message, field }] },
  });
}

/** 410 for a list or a watch whose past is forgotten. */
export function expired(message: string, metadata: Readonly<Record<string, unknown>> = {}): StatusError {
  return new StatusError({ code: 410, reason: 'Expired', message, metadata });
}

/** 504 for a resourceVersion that the server has not reached. */
export function tooLargeResourceVersion(asked: string, current: string): StatusError {
  const message = 'Too large resource version';
  return new StatusError(
    {
      code: 504,
      reason: 'Timeout',
      message: `Timeout: ${message}: ${asked}, current: ${current}`,
      details: { causes: [{ reason: 'ResourceVersionTooLarge', message }], retryAfterSeconds: 1 },
    },
    { 'retry-after': '1' },
  );
}

function resourceName(resource: string, group: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}
