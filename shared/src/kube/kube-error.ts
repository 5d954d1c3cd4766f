import { CastaiError, type CastaiErrorOptions, type ErrorCode } from '../errors.ts';

/** The codes of everything that the API server, or the way to it, can answer with. */
export type KubeErrorCode = Extract<ErrorCode, `KUBE_${string}`>;

/** What is known about a failure besides its code; all of it optional, because half of the failures have no HTTP answer. */
export interface KubeErrorDetails extends CastaiErrorOptions {
  /** HTTP status, or the code of a Status that came inside a stream. */
  readonly status?: number | undefined;
  /** The Status' `reason`, such as `AlreadyExists`. */
  readonly reason?: string | undefined;
  /** The `reason` of each of the Status' causes, such as `DisruptionBudget`. */
  readonly causes?: readonly string[] | undefined;
  /** How long the server wants us to stay away, 0 to 600,000 ms. */
  readonly retryAfterMs?: number | undefined;
  /** With `KUBE_EXPIRED`: a token that goes on at the newest resourceVersion. Not a consistent continuation of the list. */
  readonly continueToken?: string | undefined;
  /** With `KUBE_FORBIDDEN`: an admission webhook refused, which it may do for now (it moves the pod first), and not our rights. */
  readonly isByWebhook?: boolean | undefined;
}

/** A failure of a request to the API server or of a stream from it. */
export class KubeError extends CastaiError {
  override readonly name = 'KubeError';
  override readonly code: KubeErrorCode;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly causes: readonly string[];
  readonly retryAfterMs: number | undefined;
  readonly continueToken: string | undefined;
  readonly isByWebhook: boolean;

  constructor(code: KubeErrorCode, message: string, details: KubeErrorDetails = {}) {
    super(code, message, details);
    this.code = code;
    this.status = details.status;
    this.reason = details.reason;
    this.causes = details.causes ?? [];
    this.retryAfterMs = details.retryAfterMs;
    this.continueToken = details.continueToken;
    this.isByWebhook = details.isByWebhook ?? false;
  }
}
