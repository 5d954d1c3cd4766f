/**
 * One feed's list and watch as a pure machine. It holds no objects: what it lists and watches goes to the sink as it comes.
 *
 * A feed is either resumed at a point that whoever takes its objects has, or snapshotted. A snapshot of one page ends with that page. A longer
 * one runs beside a watch that starts at the first page's resourceVersion: what the watch has touched is skipped in later pages, and
 * a continue token that expires on a slow uplink is renewed at a newer version: such a page is sent once the watch has seen all that
 * changed on it, which on a quiet kind is at once.
 *
 * A list may take longer than the API server remembers changes: then its watch is lost on the way. What was listed is true as of where the
 * watch got to and is kept; the next list is shorter where whoever takes the objects has most of them, and so catches up.
 *
 * Ways back to another request, and what paces them (`reason` is also the label of `castai_agent_watch_restarts_total`):
 *
 * | signal | next request | paced by |
 * |---|---|---|
 * | watch ended in good order after events or bookmarks | watch from the last position | `brief` wait (jitter below a second) |
 * | watch ended at once without a word, three times (once where there are no bookmarks) | as EXPIRED | `settle`, then `backoff` |
 * | EXPIRED, as HTTP status or in the stream | snapshot, once the end of the one before is with whoever takes the objects | `settle`, then `backoff` |
 * | the same, or any other loss of the position, of the watch beside a list | none: the list goes on to its end, also at a newer version, and then as above | the list |
 * | THROTTLED, UNREACHABLE, UNAUTHORIZED, SERVER_ERROR, STREAM_BROKEN, FRAME_TOO_LARGE | the same watch or page again | `backoff`, Retry-After as floor |
 * | SERVER_ERROR, STREAM_BROKEN, FRAME_TOO_LARGE five times in a row on the watch | as EXPIRED | `settle`, then `backoff` |
 * | WATCHDOG, UNREACHABLE on the watch; its end without a word where there are no bookmarks; resume point of another process | probe, then watch, or snapshot when history was rewound | `backoff` |
 * | the first page fails; a later page five times in a row for a reason of its own, or 20 times for one that all feeds may have | snapshot, when its turn comes again | `backoff` |
 * | EXPIRED on page k, renewable | page k at the newer version | nothing: happens once per expiry window |
 * | EXPIRED on page k, not renewable | snapshot from the first page | `backoff` |
 * | a page of a renewed token is held and the watch does not bring what changed on it | as a watch that is lost beside a list | `holdTimer`, then the list |
 * | a polled list is complete | list, once its end is with whoever takes the objects | `settle`, then `poll` |
 * | NOT_FOUND, METHOD_NOT_ALLOWED | what discovery says; until then the same request | `backoff` |
 * | FORBIDDEN | what the access review says | whoever says `allowed` |
 * | the sink dropped what it held of the feed | watch from where the sink has everything | `backoff`, and the sink's `whenRoom` |
 * | the same during a snapshot, or where the sink knows no such point | snapshot, once there is room | the queue's turn |
 * | whoever takes the objects asks for it | snapshot | whoever says `resync`, and the queue's turn |
 */
import { unreachable } from '../errors.ts';
import { stepListing } from './step-listing.ts';
import { stepWatch } from './step-watch.ts';
import type { FeedTraits, WatcherCommand, WatcherInput, WatcherState, WatcherStep } from './watcher-signals.ts';
import { QUEUED, snapshotNow, to } from './watcher-step.ts';

/** Where every feed starts. */
export const STOPPED: WatcherState = { phase: 'stopped' };

/** The machine. Total: an input that has no meaning in a state (a late answer, a late timer) changes nothing. */
export function stepWatcher(traits: FeedTraits, state: WatcherState, input: WatcherInput): WatcherStep {
  if (state.phase === 'stopped') return input.type === 'start' ? start(traits, input.resumePoint) : to(state);
  if (input.type === 'stop') return to(STOPPED, { type: 'halt' });
  if (input.type === 'demoted') return demoted(state, input.resumePoint ?? '');
  switch (state.phase) {
    case 'queued':
      if (input.type !== 'turn') return to(state);
      return to(
        {
          phase: 'listing',
          list: { is: 'reading', token: '', isPreviousOut: false, failures: 0 },
          listVersion: undefined,
          position: '',
          isRenewed: false,
          watch: { is: 'off' },
        },
        { type: 'readPage', token: '' },
      );
    case 'pausing':
      if (input.type === 'resync') return snapshotNow(state, 'RESYNC');
      if (input.type === 'settled') return to(state, pauseOf(traits, input.retryAfterMs));
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

function pauseOf({ mode }: FeedTraits, retryAfterMs: number): WatcherCommand {
  return { type: 'wait', activity: 'list', pace: mode === 'poll' ? 'poll' : 'backoff', retryAfterMs };
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

/**
 * What was dropped is still in the API server's history, unless it is long ago: to list everything again would cost far more. A feed that
 * got nowhere since it was demoted before is listed, or what is too much for the sink at once would be read for ever.
 */
function demoted(state: WatcherState, resumePoint: string): WatcherStep {
  const isFollowing = state.phase === 'live' || (state.phase === 'forbidden' && state.position !== '');
  const isStuck = state.phase === 'live' && state.demotedAt === resumePoint;
  if (!isFollowing || isStuck || resumePoint === '') return snapshotNow(state, 'DEMOTED');
  return to(
    {
      phase: 'live',
      position: resumePoint,
      demotedAt: resumePoint,
      watch: { is: 'pausing', silentEnds: 0, failures: 0, probeFirst: mustProbe(state) },
    },
    { type: 'halt' },
    { type: 'restarted', reason: 'DEMOTED' },
    { type: 'startFeed', position: resumePoint, isResumed: true },
    { type: 'wait', activity: 'watch', pace: 'backoff', retryAfterMs: 0 },
  );
}

/** Whether it is still open if the history was rewound. */
function mustProbe(state: WatcherState): boolean {
  if (state.phase !== 'live') return true;
  return state.watch.is === 'probing' || (state.watch.is === 'pausing' && state.watch.probeFirst);
}
