/**
 * Which feeds run, as a pure machine per feed: those that the cluster serves, that the agent may read and that the platform takes.
 * What a running feed lists and watches is the watcher's own machine.
 *
 * Ways back to another request or another start, and what paces them:
 *
 * | from | why | what is done | paced by |
 * |---|---|---|---|
 * | all but absent | discovery missed it once | discovery is looked at again | 5 s, one look for all reasons |
 * | running | its watcher met a 404 or 405 | the same | the same |
 * | absent | discovery has it (again) | review, then snapshot | discovery, every 30 s |
 * | all | a session has begun | review, then the platform's resume point or a snapshot | the session |
 * | offered, barred, forbidden, refused | the review could not be asked | review | 5 s, at the next tick |
 * | forbidden | the review refused it | review | 60 s doubling to 10 min, at the next tick |
 * | barred | its watcher met a 403 | review | the next tick |
 * | refused | the platform took nothing of it | review, then snapshot | 5 min, at the next tick |
 * | all but absent | it is served in another version | a new session, which asks for a review and a snapshot | discovery, every 30 s |
 * | those with a watcher | the platform asks for it | snapshot | 60 s between two of one feed |
 * | those with a watcher | another feed found the history rewound | snapshot | 60 s between two rounds |
 *
 * A tick follows every look at discovery that succeeded, so reviews wait for the API server to answer at all.
 */
import { unreachable } from '@castai/shared/errors.ts';
import type { Availability } from './availability.ts';
import type {
  FeedAvailability,
  FeedCommand,
  FeedInput,
  FeedPlace,
  FeedState,
  FeedStep,
  Review,
} from './feed-signals.ts';

/**
 * So many looks in a row have to miss a resource: a starting API server answers discovery before it knows its custom resources,
 * and `ABSENT` removes objects at the platform.
 */
const LOOKS_UNTIL_ABSENT = 2;
/** Until a review is tried again that could not be asked. */
const REVIEW_RETRY_MS = 5_000;
/** How often permission is asked for again, growing. */
const REVIEW_MS = { first: 60_000, longest: 600_000 };
/** Between two snapshots of one feed for which there is no reason in the feed itself. */
const RESYNC_DISTANCE_MS = 60_000;
/** Until a feed is tried again of which the platform took nothing. */
const REFUSED_PAUSE_MS = 300_000;

/** Where every feed starts. `version` is the one that is offered until discovery knows better. */
export function unknownFeed(version: string): FeedState {
  return {
    place: { is: 'unknown', resumePoint: '' },
    version,
    inSession: false,
    misses: 0,
    reviewDelayMs: REVIEW_MS.first,
    resyncedAtMs: -Infinity,
    rewoundAtMs: -Infinity,
  };
}

/** What observers and `/statusz` call the place of a feed. Without a watcher it is all that there is to say. */
export function availabilityIn({ is }: FeedPlace): FeedAvailability {
  return is === 'unknown' || is === 'absent' || is === 'forbidden' ? is : 'served';
}

/** The machine. Total: an input that has no meaning in a place (a late answer, a late timer) changes nothing. */
export function stepFeed(before: FeedState, input: FeedInput): FeedStep {
  const { state, commands } = step(before, input);
  const availability = availabilityIn(state.place);
  if (availability === availabilityIn(before.place)) return { state, commands };
  return { state, commands: [...commands, { type: 'tellAvailability', availability }] };
}

function step(state: FeedState, input: FeedInput): FeedStep {
  switch (input.type) {
    case 'looked':
      return looked(state, input.found);
    case 'tick':
      return tick(state, input.nowMs);
    case 'reviewed':
      return reviewed(state, input);
    case 'reviewFailed':
      return isAsked(state.place)
        ? at(state, { ...state.place, review: due(input.nowMs + REVIEW_RETRY_MS) })
        : to(state);
    case 'session':
      return session(state, input.resumePoint);
    case 'sessionOver':
      return sessionOver(state);
    case 'refused':
      return refused(state, input);
    case 'demoted':
      return hasWatcher(state.place) ? at(state, RUNNING, { type: 'tell', what: 'demoted' }) : to(state);
    case 'resync':
      return resync(state, input.nowMs);
    case 'resyncDue':
      return snapshot({ ...state, resyncedAtMs: input.nowMs });
    case 'saidForbidden':
      return state.place.is === 'running' ? at(state, { is: 'barred', review: AT_ONCE }) : to(state);
    case 'saidNotFound':
      return to(state, { type: 'lookSoon' });
    case 'foundRewound':
    case 'rewound':
      return rewound(state, input);
    default:
      return unreachable(input);
  }
}

// --- what discovery says --------------------------------------------------------------------------------------------

function looked(state: FeedState, found: Availability): FeedStep {
  switch (found.is) {
    case 'served':
      return isServed(state, found.version);
    case 'absent':
      return isMissed(state);
    case 'unknown':
      // Its API server does not answer: that is no news about the resource.
      return to(state);
    default:
      return unreachable(found);
  }
}

function isServed(state: FeedState, version: string): FeedStep {
  if (version === state.version) return at({ ...state, misses: 0 }, served(state.place));
  // The objects are the same and their shape is another one: the feed begins anew, and only a new session can say so.
  const ended: FeedCommand[] = hasWatcher(state.place) ? [STOP, { type: 'forget' }] : [];
  const anew = served(withoutWatcher(state.place, ''));
  return at({ ...state, version, misses: 0 }, anew, ...ended, { type: 'offerChanged' });
}

/** A place that is known to be served. */
function served(place: FeedPlace): FeedPlace {
  if (place.is === 'unknown') return { is: 'offered', resumePoint: place.resumePoint, review: AT_ONCE };
  // Should the resource have come back, it is another history.
  return place.is === 'absent' ? { is: 'offered', resumePoint: '', review: AT_ONCE } : place;
}

function isMissed(state: FeedState): FeedStep {
  if (state.place.is === 'absent') return to(state);
  const misses = state.misses + 1;
  if (misses < LOOKS_UNTIL_ABSENT) return to({ ...state, misses }, { type: 'lookSoon' });
  return at(
    { ...state, misses: 0 },
    { is: 'absent' },
    STOP,
    { type: 'forget' },
    ...(state.inSession ? [REPORT_ABSENT] : []),
  );
}

// --- reviews --------------------------------------------------------------------------------------------------------

function tick(state: FeedState, nowMs: number): FeedStep {
  const { place, inSession } = state;
  const isDue = 'review' in place && place.review.is === 'due' && place.review.atMs <= nowMs;
  return inSession && isDue ? at(state, { ...place, review: ASKED }, { type: 'review' }) : to(state);
}

function reviewed(state: FeedState, { mayRead, nowMs }: Extract<FeedInput, { type: 'reviewed' }>): FeedStep {
  const { place, reviewDelayMs } = state;
  if (!isAsked(place)) return to(state);
  const resumePoint = hasWatcher(place) ? undefined : pointOf(place);
  if (mayRead) {
    const command: FeedCommand =
      resumePoint === undefined ? { type: 'tell', what: 'allowed' } : { type: 'start', resumePoint };
    return at({ ...state, reviewDelayMs: REVIEW_MS.first }, RUNNING, command);
  }
  // A watcher has said so itself; should it have begun a snapshot meanwhile, saying it now would void that.
  const isNews = place.is === 'offered' || place.is === 'refused';
  return at(
    { ...state, reviewDelayMs: Math.min(reviewDelayMs * 2, REVIEW_MS.longest) },
    { is: 'forbidden', resumePoint, review: due(nowMs + reviewDelayMs) },
    ...(isNews ? [REPORT_FORBIDDEN] : []),
  );
}

// --- the session and what the platform wants ------------------------------------------------------------------------

function session(state: FeedState, resumePoint: string): FeedStep {
  const ended: FeedCommand[] = hasWatcher(state.place) ? [STOP] : [];
  const begun = { ...state, inSession: true };
  switch (state.place.is) {
    case 'unknown':
      return at(begun, { is: 'unknown', resumePoint });
    case 'absent':
      return to(begun, REPORT_ABSENT);
    case 'forbidden':
      return at(begun, { is: 'forbidden', resumePoint, review: AT_ONCE }, ...ended, REPORT_FORBIDDEN);
    case 'offered':
    case 'running':
    case 'barred':
    case 'refused':
      return at(begun, { is: 'offered', resumePoint, review: AT_ONCE }, ...ended);
    default:
      return unreachable(state.place);
  }
}

function sessionOver(state: FeedState): FeedStep {
  const place = withoutWatcher(state.place, '');
  return at({ ...state, inSession: false }, 'review' in place ? { ...place, review: AT_ONCE } : place, STOP);
}

function refused(state: FeedState, { reason, nowMs }: Extract<FeedInput, { type: 'refused' }>): FeedStep {
  if (!hasWatcher(state.place)) return to(state);
  const place: FeedPlace = { is: 'refused', review: due(nowMs + REFUSED_PAUSE_MS) };
  return at(state, place, STOP, { type: 'tellSetAside', reason });
}

function resync(state: FeedState, nowMs: number): FeedStep {
  // While the last batches go out before a stop: a timer would only keep the process alive.
  if (!state.inSession) return to(state);
  return to(state, {
    type: 'waitToResync',
    delayMs: Math.max(0, state.resyncedAtMs + RESYNC_DISTANCE_MS - nowMs),
  });
}

/**
 * One feed was found to be ahead of a history that was rewound (an etcd restored from a backup). Others may lie behind its newest
 * version again although what they know happened in the future that was given up: only a snapshot tells. The others find out as
 * well, each for itself; one round of snapshots is enough for all of them.
 */
function rewound(
  state: FeedState,
  { type, nowMs }: Extract<FeedInput, { type: 'foundRewound' | 'rewound' }>,
): FeedStep {
  if (nowMs < state.rewoundAtMs + RESYNC_DISTANCE_MS) return to(state);
  const noted = { ...state, rewoundAtMs: nowMs };
  return type === 'rewound' ? snapshot(noted) : to(noted, { type: 'warnAll' });
}

/** Lets a feed begin with a snapshot: at once where it runs, else at its next start. */
function snapshot(state: FeedState): FeedStep {
  const { place } = state;
  if (hasWatcher(place)) return to(state, { type: 'tell', what: 'resync' });
  return 'resumePoint' in place ? at(state, { ...place, resumePoint: '' }) : to(state);
}

// --- places ---------------------------------------------------------------------------------------------------------

type Asked = Extract<FeedPlace, { review: Review }>;

function isAsked(place: FeedPlace): place is Asked {
  return 'review' in place && place.review.is === 'asked';
}

/** Whether a watcher of it works or waits. */
function hasWatcher(place: FeedPlace): boolean {
  if (place.is === 'forbidden') return place.resumePoint === undefined;
  return place.is === 'running' || place.is === 'barred';
}

function pointOf(place: FeedPlace): string {
  return 'resumePoint' in place ? (place.resumePoint ?? '') : '';
}

/** The place of a feed whose watcher, if it has one, was ended, and which goes on from there. */
function withoutWatcher(place: FeedPlace, resumePoint: string): FeedPlace {
  if (place.is === 'running') return { is: 'offered', resumePoint, review: AT_ONCE };
  if (place.is === 'barred') return { is: 'offered', resumePoint, review: place.review };
  return 'resumePoint' in place ? { ...place, resumePoint } : place;
}

function due(atMs: number): Review {
  return { is: 'due', atMs };
}

function at(state: FeedState, place: FeedPlace, ...commands: FeedCommand[]): FeedStep {
  return { state: { ...state, place }, commands };
}

function to(state: FeedState, ...commands: FeedCommand[]): FeedStep {
  return { state, commands };
}

const AT_ONCE: Review = { is: 'due', atMs: 0 };
const ASKED: Review = { is: 'asked' };
const RUNNING: FeedPlace = { is: 'running' };
const STOP: FeedCommand = { type: 'stop' };
/** The platform removes its objects. */
const REPORT_ABSENT: FeedCommand = { type: 'report', state: 'ABSENT', reason: 'the cluster does not serve it' };
const REPORT_FORBIDDEN: FeedCommand = {
  type: 'report',
  state: 'FORBIDDEN',
  reason: 'the access review refuses to list or watch it',
};
