import type { KubeErrorCode } from '../kube/kube-error.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import type {
  Failure,
  FeedTraits,
  Listing,
  Live,
  RestartReason,
  WatchProgress,
  WatcherCommand,
  WatcherInput,
  WatcherStep,
} from './watcher-signals.ts';
import { after, askDiscovery, forbid, OPEN, snapshotAfterEnd, snapshotLater, to } from './watcher-step.ts';

/** Failures of the stream itself in a row after which the position, or the continue token, is not trusted any more. */
export const MAX_STREAM_FAILURES = 5;
/** Failures in a row from which it is reported that the feed lags. */
const DEGRADED_AFTER = 3;
/** Watches in a row that end at once without a word, after which the position counts as expired. */
const MAX_SILENT_ENDS = 3;

/** The watch of a feed, beside its list or after it: what it does with an input. */
export function stepWatch(traits: FeedTraits, state: Listing | Live, input: WatcherInput): WatcherStep {
  const { watch } = state;
  if (input.type === 'moved') return moved(state, input.position);
  if (watch.is === 'open' && input.type === 'watchEnded') {
    return watchEnded(traits, state, { watch, isBrief: input.isBrief });
  }
  if (watch.is === 'open' && input.type === 'watchFailed') return watchFailed(state, watch, input);
  if (watch.is === 'probing') return stepProbe(state, watch, input);
  if (watch.is === 'pausing' && input.type === 'watchTimer') {
    const { silentEnds, failures } = watch;
    if (watch.probeFirst) return to({ ...state, watch: { is: 'probing', silentEnds, failures } }, { type: 'probe' });
    return openWatch(state, watch);
  }
  return to(state);
}

type Probing = Extract<WatchProgress, { is: 'probing' }>;

function stepProbe(state: Listing | Live, watch: Probing, input: WatcherInput): WatcherStep {
  if (input.type === 'probeFailed') return watchFailed(state, watch, input);
  if (input.type !== 'probed') return to(state);
  if (compareResourceVersions(input.newest, state.position) === 'older') return snapshotLater(state, 'REWOUND', 0);
  return after([{ type: 'report', state: 'SYNCED', reason: '' }], openWatch(state, watch));
}

function openWatch(state: Listing | Live, watch: { silentEnds: number; failures: number }): WatcherStep {
  const { silentEnds, failures } = watch;
  return to(
    { ...state, watch: { is: 'open', silentEnds, failures, hasSpoken: false } },
    { type: 'openWatch', position: state.position },
  );
}

function moved(state: Listing | Live, position: string): WatcherStep {
  if (state.watch.is !== 'open') return to(state);
  return to({ ...state, position, watch: { ...OPEN, hasSpoken: true } }, ...backInSync(state, state.watch));
}

/** To be told when a watch works again that had failed often enough to be reported. */
function backInSync(state: Listing | Live, watch: { failures: number }): WatcherCommand[] {
  const isDue = state.phase === 'live' && watch.failures >= DEGRADED_AFTER;
  return isDue ? [{ type: 'report', state: 'SYNCED', reason: '' }] : [];
}

function watchEnded(
  traits: FeedTraits,
  state: Listing | Live,
  ended: { watch: Extract<WatchProgress, { is: 'open' }>; isBrief: boolean },
): WatcherStep {
  const { watch, isBrief } = ended;
  const isSuspect = isBrief && !watch.hasSpoken;
  const silentEnds = isSuspect ? watch.silentEnds + 1 : 0;
  // Old servers answer an expired position on kinds without a watch cache by an empty stream (k/k#104171).
  if (silentEnds >= (traits.hasBookmarks ? MAX_SILENT_ENDS : 1)) return lose(state, 'SILENT_END', 0);
  const failures = isSuspect ? watch.failures : 0;
  // Without bookmarks, whose absence the watchdog would notice, a watch from a rewound history's future is as silent as a quiet one.
  const probeFirst = !traits.hasBookmarks && !watch.hasSpoken;
  return to(
    { ...state, watch: { is: 'pausing', silentEnds, failures, probeFirst } },
    ...(isSuspect ? [] : backInSync(state, watch)),
    { type: 'restarted', reason: 'ENDED' },
    { type: 'wait', activity: 'watch', pace: silentEnds > 0 ? 'backoff' : 'brief', retryAfterMs: 0 },
  );
}

function watchFailed(
  state: Listing | Live,
  watch: Exclude<WatchProgress, { is: 'off' | 'lost' }>,
  failure: Failure,
): WatcherStep {
  const { code, retryAfterMs } = failure;
  if (code === 'KUBE_FORBIDDEN') return forbid(state);
  if (code === 'KUBE_EXPIRED') return lose(state, code, retryAfterMs);
  const failures = watch.failures + 1;
  if (isAboutTheStream(code) && failures >= MAX_STREAM_FAILURES) return lose(state, code, retryAfterMs);
  const probeFirst = watch.is === 'probing' || mayHideARewind(code);
  return to(
    { ...state, watch: { is: 'pausing', silentEnds: 0, failures, probeFirst } },
    ...askDiscovery(code),
    ...(failures === DEGRADED_AFTER ? [{ type: 'report' as const, state: 'DEGRADED' as const, reason: code }] : []),
    { type: 'restarted', reason: code },
    { type: 'wait', activity: 'watch', pace: 'backoff', retryAfterMs },
  );
}

/**
 * What changed after the position cannot be had any more, so the feed is listed again: at once where no list is under way. One that is goes on
 * to its end first. Its pages show the feed as it was when the list began, which is what is wanted up to the watch's position, and to throw them away
 * would end a list that takes longer than the API server remembers in nothing, each time.
 */
function lose(state: Listing | Live, reason: RestartReason, retryAfterMs: number): WatcherStep {
  if (state.phase === 'live') return snapshotAfterEnd(reason, retryAfterMs);
  return to({ ...state, watch: { is: 'lost', reason } }, { type: 'endWatch' }, { type: 'restarted', reason });
}

/** Failures that the same position may bring about again and again, so that at last only a snapshot helps. */
function isAboutTheStream(code: KubeErrorCode): boolean {
  return (
    code === 'KUBE_SERVER_ERROR' ||
    code === 'KUBE_STREAM_BROKEN' ||
    code === 'KUBE_FRAME_TOO_LARGE' ||
    code === 'KUBE_BAD_REQUEST'
  );
}

/** After these the server may be another one, or one restored from a backup: a watch from the future would stay silent. */
function mayHideARewind(code: KubeErrorCode): boolean {
  return code === 'KUBE_WATCHDOG' || code === 'KUBE_UNREACHABLE' || code === 'KUBE_TOO_LARGE_RESOURCE_VERSION';
}
