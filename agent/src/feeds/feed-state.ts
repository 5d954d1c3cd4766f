/**
 * Which feeds run, as a pure machine per feed: those that the cluster serves, that the agent may read and that the platform takes.
 * What a running feed lists and watches is the watcher's own machine. What discovery says against a feed is weighed in `feed-doubt.ts`.
 *
 * Ways back to another request or another start, and what paces them:
 *
 * | from | why | what is done | paced by |
 * |---|---|---|---|
 * | all but absent | discovery misses it, or does not have the version in use | its collection is asked | the tick, then see below |
 * | the same | the collection was not found, once | discovery is looked at again, and the collection asked | 5 s, one look for all reasons |
 * | the same | it was found, or a watch that is heard of is open | the collection is asked | 5 min |
 * | the same, and unknown | no clear answer | the collection is asked | 5 s doubling to 10 min |
 * | running | its watcher met a 404 or 405 | discovery is looked at again, and the collection asked | 5 s, one look for all reasons |
 * | absent | discovery has it (again) | review, then snapshot | discovery, every 30 s |
 * | unsupported | discovery has it in a version that we know | review, then the resume point or a snapshot | discovery, every 30 s |
 * | all | a session has begun | the platform's resume point or a snapshot, after a review if the last is minutes old | the session |
 * | offered, barred, forbidden, refused | the review could not be asked | review | 5 s, at the next tick |
 * | forbidden | the review refused it, or told nothing where its watcher met a 403 | review | 60 s doubling to 10 min, at the next tick |
 * | barred | its watcher met a 403 | review | the next tick |
 * | refused | the platform took nothing of it | review, then snapshot | 5 min, at the next tick |
 * | all but absent | the version in use is not found, and another one is served | a new session, which asks for a snapshot | two questions, 5 s apart |
 * | those with a watcher | the platform asks for it | snapshot | 60 s between two of one feed |
 * | those with a watcher | another feed found the history rewound | snapshot | 60 s between two rounds |
 *
 * A tick follows every look at discovery that succeeded, so questions wait for the API server to answer at all.
 */
import { unreachable } from '@castai/shared/errors.ts';
import { type Question, unasked } from './feed-doubt.ts';
import { answered, looked, saidNotFound } from './feed-found.ts';
import {
  ASKED,
  type Asked,
  at,
  AT_ONCE,
  availabilityIn,
  degraded,
  due,
  hasWatcher,
  isAsked,
  pointOf,
  reasonIn,
  REPORT_ABSENT,
  REPORT_FORBIDDEN,
  RUNNING,
  STOP,
  to,
  withoutWatcher,
} from './feed-places.ts';
import type { FeedCommand, FeedInput, FeedPlace, FeedState, FeedStep } from './feed-signals.ts';

/** Until a review is tried again that could not be asked. */
const REVIEW_RETRY_MS = 5_000;
/** How often permission is asked for again, growing. */
const REVIEW_MS = { first: 60_000, longest: 600_000 };
/** For so long an access review is good for the next session: a platform that comes and goes must not cost a hundred reviews each time. */
const REVIEW_GOOD_MS = 300_000;
/** Between two snapshots of one feed for which there is no reason in the feed itself. */
const RESYNC_DISTANCE_MS = 60_000;
/** Until a feed is tried again of which the platform took nothing. */
const REFUSED_PAUSE_MS = 300_000;

/** Where every feed starts. The preferred version is the one that is offered until discovery knows better. */
export function unknownFeed(known: readonly [string, ...string[]]): FeedState {
  return {
    place: { is: 'unknown', resumePoint: '' },
    known,
    version: known[0],
    inSession: false,
    doubt: undefined,
    vouchedUntilMs: 0,
    reviewedAtMs: -Infinity,
    reviewDelayMs: REVIEW_MS.first,
    resyncedAtMs: -Infinity,
    rewoundAtMs: -Infinity,
  };
}

/** The machine. Total: an input that has no meaning in a place (a late answer, a late timer) changes nothing. */
export function stepFeed(before: FeedState, input: FeedInput): FeedStep {
  const { state, commands } = step(before, input);
  const availability = availabilityIn(state.place);
  const reason = reasonIn(state.place);
  if (availability === availabilityIn(before.place) && reason === reasonIn(before.place)) return { state, commands };
  return { state, commands: [...commands, { type: 'tellAvailability', availability, reason }] };
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
    case 'answered':
      return answered(state, input);
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
      return state.place.is === 'running'
        ? at({ ...state, reviewedAtMs: -Infinity }, { is: 'barred', review: AT_ONCE })
        : to(state);
    case 'saidNotFound':
      return saidNotFound(state);
    case 'foundRewound':
    case 'rewound':
      return rewound(state, input);
    default:
      return unreachable(input);
  }
}

// --- questions ------------------------------------------------------------------------------------------------------

function tick(state: FeedState, nowMs: number): FeedStep {
  if (!state.inSession) return to(state);
  const isDue = (question: Question): boolean => question.is === 'due' && question.atMs <= nowMs;
  const { place, doubt } = state;
  const next =
    doubt !== undefined && isDue(doubt.question) ? { ...state, doubt: { ...doubt, question: ASKED } } : state;
  const ask: FeedCommand[] = next === state ? [] : [{ type: 'ask', versions: versionsToAsk(state) }];
  if (!('review' in place) || !isDue(place.review)) return to(next, ...ask);
  const isGood = state.reviewedAtMs + REVIEW_GOOD_MS > nowMs;
  if (isGood && place.is === 'offered') {
    return at(next, RUNNING, ...ask, { type: 'start', resumePoint: place.resumePoint });
  }
  return at(next, { ...place, review: ASKED }, ...ask, { type: 'review' });
}

/** Another version is no proof that the one in use is gone, and only all of them are a proof that the resource is. */
function versionsToAsk({ place, doubt, version, known }: FeedState): readonly string[] {
  const isAboutVersion = doubt?.found.is === 'served' || doubt?.found.is === 'unsupported';
  if (isAboutVersion) return [version];
  const foreign = place.is === 'unsupported' ? place.versions : [];
  return [...new Set([version, ...known, ...foreign])];
}

function reviewed(state: FeedState, { answer, nowMs }: Extract<FeedInput, { type: 'reviewed' }>): FeedStep {
  const { place, reviewDelayMs } = state;
  if (!isAsked(place)) return to(state);
  const resumePoint = hasWatcher(place) ? undefined : pointOf(place);
  // Who may not ask tries: the list's own answer is the better one anyway. After a 403 it tries again more and more seldom.
  const mayTry = answer === 'allowed' || (answer === 'unsaid' && place.is !== 'barred');
  if (mayTry) {
    const command: FeedCommand =
      resumePoint === undefined ? { type: 'tell', what: 'allowed' } : { type: 'start', resumePoint };
    const nextDelayMs = answer === 'allowed' ? REVIEW_MS.first : reviewDelayMs;
    return at({ ...state, reviewDelayMs: nextDelayMs, reviewedAtMs: nowMs }, RUNNING, command);
  }
  // A watcher has said so itself; should it have begun a snapshot meanwhile, saying it now would void that.
  const isNews = place.is === 'offered' || place.is === 'refused';
  return at(
    { ...state, reviewDelayMs: Math.min(reviewDelayMs * 2, REVIEW_MS.longest), reviewedAtMs: -Infinity },
    { is: 'forbidden', resumePoint, review: due(nowMs + reviewDelayMs) },
    ...(isNews ? [REPORT_FORBIDDEN] : []),
  );
}

// --- the session and what the platform wants ------------------------------------------------------------------------

function session(state: FeedState, resumePoint: string): FeedStep {
  const ended: FeedCommand[] = hasWatcher(state.place) ? [STOP] : [];
  const begun = { ...state, inSession: true, doubt: unasked(state.doubt) };
  switch (state.place.is) {
    case 'unknown':
      return at(begun, { is: 'unknown', resumePoint });
    case 'absent':
      return to(begun, REPORT_ABSENT);
    case 'unsupported':
      return at(begun, { ...state.place, resumePoint }, degraded(state.place.reason));
    case 'forbidden':
      return at(begun, { ...state.place, resumePoint, review: unaskedReview(state.place) }, ...ended, REPORT_FORBIDDEN);
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
  const over = { ...state, inSession: false, doubt: unasked(state.doubt) };
  return at(over, 'review' in place ? { ...place, review: unaskedReview(place) } : place, STOP);
}

/** What was refused minutes ago is asked at its time; all else with the next session, at whose end questions under way were lost. */
function unaskedReview(place: Asked): Question {
  return place.is === 'forbidden' && place.review.is === 'due' ? place.review : AT_ONCE;
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
