/**
 * One feed's list and watch as a pure machine. It holds no objects: what it lists and watches goes to the sink as it comes.
 *
 * A feed is either resumed at a point that whoever takes its objects has, or snapshotted. A snapshot of one page ends with that page. A longer
 * one runs beside a watch that starts at the first page's resourceVersion: what the watch has touched is skipped in later pages, and
 * a continue token that expires on a slow uplink is renewed at a newer version: such a page is sent once the watch has seen all that
 * changed on it, which on a quiet kind is at once.
 *
 * Ways back to another request, and what paces them (`reason` is also the label of `castai_agent_watch_restarts_total`):
 *
 * | signal | next request | paced by |
 * |---|---|---|
 * | watch ended in good order after events or bookmarks | watch from the last position | `brief` wait (jitter below a second) |
 * | watch ended at once without a word, three times (once where there are no bookmarks) | snapshot | `backoff` |
 * | EXPIRED, as HTTP status or in the stream | snapshot | `backoff` |
 * | THROTTLED, UNREACHABLE, UNAUTHORIZED, SERVER_ERROR, STREAM_BROKEN, FRAME_TOO_LARGE | the same watch or page again | `backoff`, Retry-After as floor |
 * | SERVER_ERROR, STREAM_BROKEN, FRAME_TOO_LARGE five times in a row on the watch | snapshot | `backoff` |
 * | WATCHDOG, UNREACHABLE on the watch; its end without a word where there are no bookmarks; resume point of another process | probe, then watch, or snapshot when history was rewound | `backoff` |
 * | the first page fails; a later page five times in a row for a reason of its own, or 20 times for one that all feeds may have | snapshot, when its turn comes again | `backoff` |
 * | EXPIRED on page k, renewable | page k at the newer version | nothing: happens once per expiry window |
 * | EXPIRED on page k, not renewable | snapshot from the first page | `backoff` |
 * | a page of a renewed token is held and the watch does not bring what changed on it | snapshot | `holdTimer`, then `backoff` |
 * | NOT_FOUND, METHOD_NOT_ALLOWED | what discovery says; until then the same request | `backoff` |
 * | FORBIDDEN | what the access review says | whoever says `allowed` |
 * | the sink dropped what it held of the feed | snapshot, once there is room | the queue's turn |
 * | whoever takes the objects asks for it | snapshot | whoever says `resync`, and the queue's turn |
 */
import { unreachable } from '../errors.ts';
import type { KubeErrorCode } from '../kube/kube-error.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import type {
  Failure,
  FeedTraits,
  ListProgress,
  Listing,
  Live,
  RestartReason,
  WatchProgress,
  WatcherCommand,
  WatcherInput,
  WatcherState,
  WatcherStep,
} from './watcher-signals.ts';

/** Failures of the stream itself in a row after which the position, or the continue token, is not trusted any more. */
const MAX_STREAM_FAILURES = 5;
/** The same for failures that all feeds may have alike: some ten minutes, after which this feed may be the only one that has them. */
const MAX_SHARED_FAILURES = 20;
/** Failures in a row from which it is reported that the feed lags. */
const DEGRADED_AFTER = 3;
/** Watches in a row that end at once without a word, after which the position counts as expired. */
const MAX_SILENT_ENDS = 3;

/** Where every feed starts. */
export const STOPPED: WatcherState = { phase: 'stopped' };

/** The machine. Total: an input that has no meaning in a state (a late answer, a late timer) changes nothing. */
export function stepWatcher(traits: FeedTraits, state: WatcherState, input: WatcherInput): WatcherStep {
  if (state.phase === 'stopped') return input.type === 'start' ? start(traits, input.resumePoint) : to(state);
  if (input.type === 'stop') return to(STOPPED, { type: 'halt' });
  if (input.type === 'demoted') return snapshotNow(state, 'DEMOTED');
  switch (state.phase) {
    case 'queued':
      if (input.type !== 'turn') return to(state);
      return to(
        {
          phase: 'listing',
          list: reading('', false),
          listVersion: undefined,
          position: '',
          isRenewed: false,
          watch: { is: 'off' },
        },
        { type: 'readPage', token: '' },
      );
    case 'pausing':
      if (input.type === 'resync') return snapshotNow(state, 'RESYNC');
      return input.type === 'listTimer' ? QUEUED : to(state);
    case 'listing':
      return stepListing(traits, state, input);
    case 'live':
      if (input.type === 'resync') return snapshotNow(state, 'RESYNC');
      return stepWatch(traits, state, input);
    case 'forbidden':
      if (input.type === 'resync') return to({ ...state, position: '' });
      if (input.type !== 'allowed') return to(state);
      return state.position === '' ? QUEUED : resume(state.position);
    default:
      return unreachable(state);
  }
}

function start(traits: FeedTraits, resumePoint: string): WatcherStep {
  if (traits.mode === 'poll' || resumePoint === '') return QUEUED;
  const { state, commands } = resume(resumePoint);
  return to(state, { type: 'startFeed', position: resumePoint, isResumed: true }, ...commands);
}

/** A resume point of another process, or of before an absence, may lie in the future of a history that was rewound. */
function resume(position: string): WatcherStep {
  return to({ phase: 'live', position, watch: { is: 'probing', silentEnds: 0, failures: 0 } }, { type: 'probe' });
}

// --- the list -------------------------------------------------------------------------------------------------------

function stepListing(traits: FeedTraits, state: Listing, input: WatcherInput): WatcherStep {
  const { list } = state;
  switch (input.type) {
    case 'pageRead':
      return list.is === 'reading' ? pageRead(traits, state, input) : to(state);
    case 'pageReceived':
      return handOver(traits, { ...state, list: { ...list, isPreviousOut: false } });
    case 'moved': {
      // Reaching its version is what a held page waits for.
      const { state: at, commands } = stepWatch(traits, state, input);
      return at.phase === 'listing' ? after([...commands], handOver(traits, at)) : { state: at, commands };
    }
    case 'listFailed':
      if (list.is !== 'reading') return to(state);
      return listFailed(state, list, input);
    case 'holdTimer':
      return list.is === 'held' && list.isTimed ? endHold(traits, state, list) : to(state);
    case 'listTimer':
      if (list.is !== 'pausing') return to(state);
      return to({ ...state, list: { ...list, is: 'reading' } }, { type: 'readPage', token: list.token });
    case 'resync':
      // What is asked for again may be what this snapshot has sent already. Before the first page nothing was.
      return state.listVersion === undefined ? to(state) : snapshotNow(state, 'RESYNC');
    case 'start':
    case 'stop':
    case 'turn':
    case 'watchEnded':
    case 'watchFailed':
    case 'probed':
    case 'probeFailed':
    case 'watchTimer':
    case 'demoted':
    case 'allowed':
      return stepWatch(traits, state, input);
    default:
      return unreachable(input);
  }
}

function pageRead(traits: FeedTraits, state: Listing, page: Extract<WatcherInput, { type: 'pageRead' }>): WatcherStep {
  const { version, newest, token } = page;
  const held = { is: 'held' as const, version, newest, token, isPreviousOut: state.list.isPreviousOut, isTimed: false };
  if (state.listVersion === undefined) {
    const first: Listing = { ...state, list: held, listVersion: version, position: version };
    // Changes of before are void first: behind the begin they would count as told by this snapshot, also those of what is gone.
    const begun: WatcherCommand[] = [{ type: 'startFeed', position: version, isResumed: false }, { type: 'begin' }];
    if (token === '' || traits.mode === 'poll') return after(begun, handOver(traits, first));
    const beside = handOver(traits, { ...first, watch: OPEN });
    return after(begun, after([...beside.commands], to(beside.state, { type: 'openWatch', position: version })));
  }
  if (version !== state.listVersion && compareResourceVersions(version, state.position) === 'opaque') {
    return snapshotLater(state, 'KUBE_EXPIRED', 0);
  }
  return handOver(traits, { ...state, list: held });
}

/**
 * Hands a held page over if the page before it was received and the watch has brought what changed on it.
 *
 * A page of a newer version may hold newer states than the watch has brought: sent now, the watch would bring older ones after
 * them. An object that is not newer than the watch's position has not changed since, so only the newest object counts, not the
 * page's own version: that one a watch of a quiet kind reaches with a bookmark, up to two minutes later.
 */
function handOver(traits: FeedTraits, state: Listing): WatcherStep {
  const { list } = state;
  if (list.is !== 'held' || list.isPreviousOut) return to(state);
  if (traits.mode === 'watch' && compareResourceVersions(list.newest, state.position) === 'newer') {
    return hold(state, list);
  }
  return passOn(traits, state, list);
}

type Held = Extract<ListProgress, { is: 'held' }>;

/**
 * Whoever waits for a watch needs one, and a deadline: a server may put objects into a list that are newer than the list says it is,
 * also into one of a single page, which has no watch beside it.
 */
function hold(state: Listing, list: Held): WatcherStep {
  const held: Listing = { ...state, list: { ...list, isTimed: true } };
  const timed: WatcherCommand[] = list.isTimed ? [] : [{ type: 'limitHold' }];
  if (state.watch.is !== 'off') return to(held, ...timed);
  return to({ ...held, watch: OPEN }, ...timed, { type: 'openWatch', position: state.position });
}

/**
 * The watch has not brought what changed on the page. On one of the list's own version nothing can have: that server's objects have
 * versions of another kind than its lists, which cannot be waited for. On one of a renewed token it means that the watch is not well.
 */
function endHold(traits: FeedTraits, state: Listing, list: Held): WatcherStep {
  if (!state.isRenewed) return passOn(traits, state, list);
  return after(
    [{ type: 'report', state: 'DEGRADED', reason: 'KUBE_WATCHDOG' }],
    snapshotLater(state, 'KUBE_WATCHDOG', 0),
  );
}

function passOn(traits: FeedTraits, state: Listing, list: Held): WatcherStep {
  if (list.token !== '') {
    return to(
      { ...state, listVersion: list.version, list: reading(list.token, true) },
      { type: 'deliverPage' },
      // One page is read ahead while its predecessor is on the way: reading and delivering overlap, memory stays two pages.
      { type: 'readPage', token: list.token },
    );
  }
  const ended: WatcherCommand[] = [
    { type: 'deliverPage' },
    { type: 'end' },
    { type: 'report', state: 'SYNCED', reason: '' },
    { type: 'leaveQueue' },
  ];
  if (traits.mode === 'poll') {
    return to({ phase: 'pausing' }, ...ended, { type: 'wait', activity: 'list', pace: 'poll', retryAfterMs: 0 });
  }
  const { position, watch } = state;
  if (watch.is !== 'off') return to({ phase: 'live', position, watch }, ...ended);
  return to({ phase: 'live', position, watch: OPEN }, ...ended, { type: 'openWatch', position });
}

type Reading = Extract<ListProgress, { is: 'reading' }>;

function listFailed(state: Listing, list: Reading, failure: Failure & { renewedToken: string }): WatcherStep {
  const { code, retryAfterMs, renewedToken } = failure;
  if (code === 'KUBE_FORBIDDEN') return forbid(state);
  if (code === 'KUBE_EXPIRED') {
    // The watch has everything that changed since the first page, so going on at a newer version leaves no hole.
    if (renewedToken === '' || state.watch.is === 'off') return snapshotLater(state, code, retryAfterMs);
    return to(
      { ...state, list: reading(renewedToken, list.isPreviousOut), isRenewed: true },
      { type: 'restarted', reason: code },
      { type: 'readPage', token: renewedToken },
    );
  }
  const told: WatcherCommand[] = [...askDiscovery(code), { type: 'report', state: 'DEGRADED', reason: code }];
  const failures = list.failures + 1;
  // A feed that cannot be listed must not keep its place: a few of them would keep all others from their snapshots.
  if (state.listVersion === undefined || failures >= (concernsAll(code) ? MAX_SHARED_FAILURES : MAX_STREAM_FAILURES)) {
    return after(told, snapshotLater(state, code, retryAfterMs));
  }
  return to(
    { ...state, list: { ...list, is: 'pausing', failures } },
    ...told,
    { type: 'restarted', reason: code },
    { type: 'wait', activity: 'list', pace: 'backoff', retryAfterMs },
  );
}

/** Failures that every feed has alike: another one would fare no better, and the pages that are out stay good. */
function concernsAll(code: KubeErrorCode): boolean {
  return code === 'KUBE_UNREACHABLE' || code === 'KUBE_UNAUTHORIZED' || code === 'KUBE_THROTTLED';
}

// --- the watch ------------------------------------------------------------------------------------------------------

function stepWatch(traits: FeedTraits, state: Listing | Live, input: WatcherInput): WatcherStep {
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
  if (silentEnds >= (traits.hasBookmarks ? MAX_SILENT_ENDS : 1)) return snapshotLater(state, 'SILENT_END', 0);
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
  watch: Exclude<WatchProgress, { is: 'off' }>,
  failure: Failure,
): WatcherStep {
  const { code, retryAfterMs } = failure;
  if (code === 'KUBE_FORBIDDEN') return forbid(state);
  if (code === 'KUBE_EXPIRED') return snapshotLater(state, code, retryAfterMs);
  const failures = watch.failures + 1;
  if (isAboutTheStream(code) && failures >= MAX_STREAM_FAILURES) return snapshotLater(state, code, retryAfterMs);
  const probeFirst = watch.is === 'probing' || mayHideARewind(code);
  return to(
    { ...state, watch: { is: 'pausing', silentEnds: 0, failures, probeFirst } },
    ...askDiscovery(code),
    ...(failures === DEGRADED_AFTER ? [{ type: 'report' as const, state: 'DEGRADED' as const, reason: code }] : []),
    { type: 'restarted', reason: code },
    { type: 'wait', activity: 'watch', pace: 'backoff', retryAfterMs },
  );
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

// --- both -----------------------------------------------------------------------------------------------------------

function forbid(state: Listing | Live): WatcherStep {
  const isListing = state.phase === 'listing';
  return to(
    { phase: 'forbidden', position: isListing ? '' : state.position },
    { type: 'halt' },
    ...abortIf(state, 'KUBE_FORBIDDEN'),
    { type: 'restarted', reason: 'KUBE_FORBIDDEN' },
    { type: 'report', state: 'FORBIDDEN', reason: 'the API server refuses to list or watch it' },
  );
}

function snapshotLater(state: WatcherState, reason: RestartReason, retryAfterMs: number): WatcherStep {
  return to(
    { phase: 'pausing' },
    { type: 'halt' },
    ...abortIf(state, reason),
    { type: 'restarted', reason },
    { type: 'wait', activity: 'list', pace: 'backoff', retryAfterMs },
  );
}

/** Queues at once: the turn itself is the pace (room in memory, the distance between two `resync`s). */
function snapshotNow(state: WatcherState, reason: RestartReason): WatcherStep {
  return to(
    { phase: 'queued' },
    { type: 'halt' },
    ...abortIf(state, reason),
    { type: 'restarted', reason },
    { type: 'queue' },
  );
}

/** Before its first page a snapshot is not begun; what the sink still has of the one before is complete. */
function abortIf(state: WatcherState, reason: RestartReason): WatcherCommand[] {
  return state.phase === 'listing' && state.listVersion !== undefined ? [{ type: 'abort', reason }] : [];
}

function askDiscovery(code: KubeErrorCode): WatcherCommand[] {
  return code === 'KUBE_NOT_FOUND' || code === 'KUBE_METHOD_NOT_ALLOWED' ? [{ type: 'rediscover' }] : [];
}

function reading(token: string, isPreviousOut: boolean): ListProgress {
  return { is: 'reading', token, isPreviousOut, failures: 0 };
}

function after(commands: WatcherCommand[], step: WatcherStep): WatcherStep {
  return { state: step.state, commands: [...commands, ...step.commands] };
}

function to(state: WatcherState, ...commands: WatcherCommand[]): WatcherStep {
  return { state, commands };
}

const OPEN = { is: 'open', silentEnds: 0, failures: 0, hasSpoken: false } as const;
const QUEUED: WatcherStep = { state: { phase: 'queued' }, commands: [{ type: 'queue' }] };
