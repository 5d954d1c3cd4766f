import { CastaiError, describeError } from '@castai/shared/errors.ts';
import { toOneLine } from '@castai/shared/http/one-line.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { AckCode } from '../ack/ack-code.ts';

/** What it means when a step throws. */
export type WorkFailure =
  /** It may go well the next time, after a pause. `code` is what it came to when there is no next time. */
  | { readonly is: 'again'; readonly code: AckCode; readonly detail: string; readonly retryAfterMs: number }
  /** The object has changed since it was read: read it again at once. */
  | { readonly is: 'changed'; readonly code: AckCode; readonly detail: string }
  | { readonly is: 'final'; readonly code: AckCode; readonly detail: string };

/** Nobody else looks at codes. What is thrown and is no answer of the API server is a bug of ours, and told without its stack. */
export function classifyWorkError(error: unknown): WorkFailure {
  // The lease is lost, and with it the right to say what the action came to: whoever ends the term ends this, and the next leader goes on.
  if (error instanceof CastaiError && error.code === 'ABORTED') {
    return { is: 'again', code: 'unavailable', detail: error.message, retryAfterMs: 0 };
  }
  if (!(error instanceof KubeError)) return { is: 'final', code: 'internal', detail: toOneLine(describeError(error)) };
  const { code, message: detail, retryAfterMs = 0 } = error;
  switch (code) {
    case 'KUBE_CONFLICT':
      return { is: 'changed', code: 'unavailable', detail };
    case 'KUBE_INVALID':
      // A test that does not hold, or something that the API server will never take: reading again tells.
      return { is: 'changed', code: 'invalid', detail };
    case 'KUBE_FORBIDDEN':
      return { is: 'final', code: 'forbidden', detail };
    case 'KUBE_NOT_FOUND':
      return { is: 'final', code: 'not_found', detail };
    case 'KUBE_BAD_REQUEST':
    case 'KUBE_METHOD_NOT_ALLOWED':
    case 'KUBE_NOT_ACCEPTABLE':
      return { is: 'final', code: 'invalid', detail };
    case 'KUBE_UNAUTHORIZED':
      // A token that is being rotated: it comes back by itself.
      return { is: 'again', code: 'forbidden', detail, retryAfterMs };
    case 'KUBE_EXPIRED':
    case 'KUBE_FRAME_TOO_LARGE':
    case 'KUBE_SERVER_ERROR':
    case 'KUBE_STREAM_BROKEN':
    case 'KUBE_THROTTLED':
    case 'KUBE_TOO_LARGE_RESOURCE_VERSION':
    case 'KUBE_UNREACHABLE':
    case 'KUBE_WATCHDOG':
      return { is: 'again', code: 'unavailable', detail, retryAfterMs };
  }
}
