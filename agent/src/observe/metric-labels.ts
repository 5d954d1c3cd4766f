import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { RestartReason } from '@castai/shared/watch/watcher-signals.ts';

/** Calls of the platform: register the cluster, open a session, hand over a batch. */
export const CALLS = ['register', 'open', 'batch'] as const;
/** One of the calls. */
export type PlatformCall = (typeof CALLS)[number];

/** Why the platform did not take a call, in the words of alerts. */
export const REFUSALS = [
  'unavailable',
  'no_answer',
  'interference',
  'unauthorized',
  'too_large',
  'rejected',
  'unsupported_encoding',
  'fenced',
  'lost_session',
] as const;
/** What an attempt at a delivery came to. */
export const RESULTS = ['ok', ...REFUSALS] as const;

/** The label of a verdict. */
export const RESULT_OF: Record<Verdict['kind'], (typeof REFUSALS)[number]> = {
  UNAVAILABLE: 'unavailable',
  NO_ANSWER: 'no_answer',
  INTERFERENCE: 'interference',
  UNAUTHORIZED: 'unauthorized',
  TOO_LARGE: 'too_large',
  REJECTED: 'rejected',
  UNSUPPORTED_ENCODING: 'unsupported_encoding',
  FENCED: 'fenced',
  NOT_LEADER: 'fenced',
  GAP: 'lost_session',
  UNKNOWN_EPOCH: 'lost_session',
  UNKNOWN_CLUSTER: 'lost_session',
};

/** Reasons of restarts as metric labels; there are fewer than codes, because they multiply with the feeds. */
export const RESTARTS = [
  'ended',
  'expired',
  'throttled',
  'unreachable',
  'watchdog',
  'broken',
  'forbidden',
  'unauthorized',
  'not_found',
  'rewound',
  'demoted',
  'refused',
  'resync',
] as const;
type Restart = (typeof RESTARTS)[number];

/** The label of a reason. */
export const RESTART_OF: Record<RestartReason, Restart> = {
  ENDED: 'ended',
  SILENT_END: 'expired',
  REWOUND: 'rewound',
  DEMOTED: 'demoted',
  RESYNC: 'resync',
  KUBE_EXPIRED: 'expired',
  KUBE_THROTTLED: 'throttled',
  KUBE_UNREACHABLE: 'unreachable',
  KUBE_WATCHDOG: 'watchdog',
  KUBE_FORBIDDEN: 'forbidden',
  KUBE_UNAUTHORIZED: 'unauthorized',
  KUBE_NOT_FOUND: 'not_found',
  KUBE_METHOD_NOT_ALLOWED: 'not_found',
  KUBE_BAD_REQUEST: 'broken',
  KUBE_CONFLICT: 'broken',
  KUBE_FRAME_TOO_LARGE: 'broken',
  KUBE_INVALID: 'broken',
  KUBE_NOT_ACCEPTABLE: 'broken',
  KUBE_SERVER_ERROR: 'broken',
  KUBE_STREAM_BROKEN: 'broken',
  KUBE_TOO_LARGE_RESOURCE_VERSION: 'rewound',
};
