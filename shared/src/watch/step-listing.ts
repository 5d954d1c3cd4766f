import { unreachable } from '../errors.ts';
import type { KubeErrorCode } from '../kube/kube-error.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import { MAX_STREAM_FAILURES, stepWatch } from './step-watch.ts';
import type {
  Failure,
  FeedTraits,
  ListProgress,
  Listing,
  RestartReason,
  WatcherCommand,
  WatcherInput,
  WatcherStep,
} from './watcher-signals.ts';
import { after, askDiscovery, forbid, OPEN, snapshotLater, snapshotNow, to } from './watcher-step.ts';

/** The same for failures that all feeds may have alike: some ten minutes, after which this feed may be the only one that has them. */
const MAX_SHARED_FAILURES = 20;

/** A snapshot under way: what it does with an input. The reasons to list again are in the table of `watcher-state.ts`. */
export function stepListing(traits: FeedTraits, state: Listing, input: WatcherInput): WatcherStep {
  const { list } = state;
  switch (input.type) {
    case 'sliceRead':
    case 'pageRead':
      return list.is === 'reading' ? pageRead(traits, { ...state, list }, input) : to(state);
    case 'pageReceived':
      return handOver(traits, { ...state, list: { ...list, isPreviousOut: false } });
    case 'moved':
    case 'watchEnded':
    case 'watchFailed':
    case 'probed':
    case 'probeFailed': {
      // A held page waits for the watch to reach its version, and no longer than there is a watch.
      const { state: at, commands } = stepWatch(traits, state, input);
      return at.phase === 'listing' ? after([...commands], handOver(traits, at)) : { state: at, commands };
    }
    case 'listFailed':
      if (list.is !== 'reading') return to(state);
      return listFailed(traits, { ...state, list }, input);
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
    case 'settled':
    case 'watchTimer':
    case 'demoted':
    case 'allowed':
      return stepWatch(traits, state, input);
    default:
      return unreachable(input);
  }
}

type PageRead = Extract<WatcherInput, { type: 'pageRead' }>;
type SliceRead = Extract<WatcherInput, { type: 'sliceRead' }>;

function pageRead(traits: FeedTraits, state: Listing & { list: Reading }, page: PageRead | SliceRead): WatcherStep {
  const { version } = page;
  const held = heldFrom(state.list, page);
  if (state.listVersion === undefined) {
    const first: Listing = { ...state, list: held, listVersion: version, position: version };
    // Changes of before are void first: behind the begin they would count as told by this snapshot, also those of what is gone.
    const begun: WatcherCommand[] = [{ type: 'startFeed', position: version, isResumed: false }, { type: 'begin' }];
    const isAll = held.token === '' && !held.goesOn;
    if (isAll || traits.mode === 'poll') return after(begun, handOver(traits, first));
    const beside = handOver(traits, { ...first, watch: OPEN });
    return after(begun, after([...beside.commands], to(beside.state, { type: 'openWatch', position: version })));
  }
  const isNew = traits.mode === 'watch' && version !== state.listVersion && state.watch.is !== 'lost';
  if (isNew && compareResourceVersions(version, state.position) === 'opaque') {
    // Nobody could tell whether the watch has got there.
    const reason = 'KUBE_EXPIRED';
    return after(
      [{ type: 'endWatch' }, { type: 'restarted', reason }],
      handOver(traits, { ...state, list: held, watch: { is: 'lost', reason } }),
    );
  }
  return handOver(traits, { ...state, list: held });
}

function heldFrom(list: Reading, page: PageRead | SliceRead): Held {
  const { version, newest } = page;
  const { isPreviousOut, failures } = list;
  const goesOn = page.type === 'sliceRead';
  return {
    is: 'held',
    version,
    newest,
    goesOn,
    token: goesOn ? list.token : page.token,
    // Of a page that breaks off at the same place each time some slices come out each time: no sign that it gets on.
    failures: goesOn ? failures : 0,
    isPreviousOut,
    isTimed: false,
  };
}

/**
 * Hands a held page over if the page before it was received and the watch has brought what changed on it.
 *
 * A page of a newer version may hold newer states than the watch has brought: sent now, the watch would bring older ones after
 * them. An object that is not newer than the watch's position has not changed since, so only the newest object counts, not the
 * page's own version: that one a watch of a quiet kind reaches with a bookmark, up to two minutes later. Without a watch nothing older comes
 * after it either, until the feed is listed again.
 */
function handOver(traits: FeedTraits, state: Listing): WatcherStep {
  const { list } = state;
  if (list.is !== 'held' || list.isPreviousOut) return to(state);
  const isWatched = traits.mode === 'watch' && state.watch.is !== 'lost';
  if (isWatched && compareResourceVersions(list.newest, state.position) === 'newer') return hold(state, list);
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
 * versions of another kind than its lists, which cannot be waited for. On one of a renewed token it means that the watch is not well, or is
 * read so slowly that it will not get there: it is given up, and must not bring anything after the page.
 */
function endHold(traits: FeedTraits, state: Listing, list: Held): WatcherStep {
  if (!state.isRenewed) return passOn(traits, state, list);
  const reason = 'KUBE_WATCHDOG';
  return after(
    [{ type: 'report', state: 'DEGRADED', reason }, { type: 'endWatch' }, { type: 'restarted', reason }],
    passOn(traits, { ...state, watch: { is: 'lost', reason } }, list),
  );
}

function passOn(traits: FeedTraits, state: Listing, list: Held): WatcherStep {
  if (list.goesOn) {
    const { token, failures } = list;
    return to(
      { ...state, listVersion: list.version, list: { ...reading(token, true), failures } },
      { type: 'deliverPage' },
      { type: 'readOn' },
    );
  }
  if (list.token !== '') {
    return to(
      { ...state, listVersion: list.version, list: reading(list.token, true) },
      { type: 'deliverPage' },
      // One page is read ahead while the one before waits for room: reading and delivering overlap, and no more than that is in memory here.
      { type: 'readPage', token: list.token },
    );
  }
  const { position, watch } = state;
  const ended: WatcherCommand[] = [
    { type: 'deliverPage' },
    { type: 'end' },
    watch.is === 'lost'
      ? { type: 'report', state: 'DEGRADED', reason: whyItLags(watch.reason) }
      : { type: 'report', state: 'SYNCED', reason: '' },
    { type: 'leaveQueue' },
  ];
  if (traits.mode === 'poll' || watch.is === 'lost') {
    return to({ phase: 'pausing' }, ...ended, { type: 'settle', retryAfterMs: 0 });
  }
  if (watch.is !== 'off') return to({ phase: 'live', position, watch }, ...ended);
  return to({ phase: 'live', position, watch: OPEN }, ...ended, { type: 'openWatch', position });
}

/** For people, behind a code that `feed-troubles.ts` reads. */
function whyItLags(reason: RestartReason): string {
  const isExpired = reason === 'KUBE_EXPIRED' || reason === 'SILENT_END';
  return isExpired
    ? 'KUBE_EXPIRED: the list took longer than the API server remembers changes; it was told to its end and is listed again'
    : reason;
}

type Reading = Extract<ListProgress, { is: 'reading' }>;

function listFailed(
  traits: FeedTraits,
  state: Listing & { list: Reading },
  failure: Failure & { renewedToken: string },
): WatcherStep {
  const { list } = state;
  const { code, retryAfterMs, renewedToken } = failure;
  if (code === 'KUBE_FORBIDDEN') return forbid(state);
  if (code === 'KUBE_EXPIRED') {
    // Going on at a newer version leaves no hole where a watch has everything that changed since the first page. Where that is lost, what
    // came into being behind the list's back is missing until the feed is listed again, and nothing that exists counts as gone: an object
    // keeps its place in the list, and each place is looked at after the list began. A polled list is read again anyway, and where each token expires
    // before its list is through, beginning anew would never end.
    const goesOn = traits.mode === 'poll' || state.watch.is !== 'off';
    if (renewedToken === '' || !goesOn) return snapshotLater(state, code, retryAfterMs);
    return to(
      { ...state, list: reading(renewedToken, list.isPreviousOut), isRenewed: true },
      { type: 'restarted', reason: code },
      { type: 'readPage', token: renewedToken },
    );
  }
  const told: WatcherCommand[] = [...askDiscovery(code), { type: 'report', state: 'DEGRADED', reason: code }];
  const failures = list.failures + 1;
  // A feed that cannot be listed must not keep its place: a few of them would keep all others from their snapshots.
  // The beginning of another first page would be of another version than the slices of this one that are out.
  const isFirst = list.token === '';
  if (isFirst || failures >= (concernsAll(code) ? MAX_SHARED_FAILURES : MAX_STREAM_FAILURES)) {
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

function reading(token: string, isPreviousOut: boolean): ListProgress {
  return { is: 'reading', token, isPreviousOut, failures: 0 };
}
