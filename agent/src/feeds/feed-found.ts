/** The part of the machine in `feed-state.ts` that is about being served: what discovery and the collection itself say. */
import { unreachable } from '@castai/shared/errors.ts';
import type { Availability } from './availability.ts';
import { doubtAfter, VOUCHED_MS, weigh } from './feed-doubt.ts';
import {
  at,
  AT_ONCE,
  degraded,
  hasWatcher,
  LOOK_SOON,
  pointOf,
  REPORT_ABSENT,
  served,
  STOP,
  to,
  withoutWatcher,
} from './feed-places.ts';
import type { FeedCommand, FeedInput, FeedPlace, FeedState, FeedStep } from './feed-signals.ts';

/** A look at discovery said something of the feed. */
export function looked(state: FeedState, found: Availability): FeedStep {
  const { place } = state;
  switch (found.is) {
    case 'served':
      if (found.versions.includes(state.version)) return at({ ...state, doubt: undefined }, served(place));
      return isSettled(place) ? doubted(state, found) : inVersion(state, found.versions[0]);
    case 'absent':
      return place.is === 'absent' ? to(state) : doubted(state, found);
    case 'unsupported':
      // Where nothing of it is read, believing discovery costs nothing and removes nothing.
      return isSettled(place) ? doubted(state, found) : unsupported(state, found);
    case 'unknown':
      // No news about the resource, nor a doubt any more: a 404 may be its API server's, which is down. One that was never seen may
      // answer for itself.
      return place.is === 'unknown' ? doubted(state, found) : to({ ...state, doubt: undefined });
    default:
      return unreachable(found);
  }
}

/** Whether it is known to be served in the version in use, so that discovery alone takes nothing back. */
function isSettled({ is }: FeedPlace): boolean {
  return is !== 'unknown' && is !== 'absent' && is !== 'unsupported';
}

function doubted(state: FeedState, found: Availability): FeedStep {
  return to({ ...state, doubt: doubtAfter(state.doubt, found, state.vouchedUntilMs) });
}

/** Its watcher met a 404 or 405: that speaks louder than what vouched for it before. */
export function saidNotFound(state: FeedState): FeedStep {
  const { doubt } = state;
  const question = doubt?.question.is === 'due' ? AT_ONCE : doubt?.question;
  const asked = doubt === undefined || question === undefined ? doubt : { ...doubt, question };
  return to({ ...state, vouchedUntilMs: 0, doubt: asked }, { type: 'lookSoon' });
}

/** Its collection was asked. */
export function answered(state: FeedState, input: Extract<FeedInput, { type: 'answered' }>): FeedStep {
  const { doubt, version, known } = state;
  if (doubt?.question.is !== 'asked') return to(state);
  const weighed = weigh(doubt, input);
  const vouchedUntilMs = input.nowMs + VOUCHED_MS;
  switch (weighed.is) {
    case 'open': {
      const isVouched = input.answer.is === 'gone' && input.isWatched && doubt.found.is === 'absent';
      const next = { ...state, doubt: weighed.doubt, ...(isVouched ? { vouchedUntilMs } : {}) };
      return to(next, ...(weighed.isSoon ? [LOOK_SOON] : []));
    }
    case 'there': {
      const next = { ...state, doubt: undefined, vouchedUntilMs };
      // That it still answers in a version that we do not know is what we knew.
      if (!known.includes(weighed.version)) return to(next);
      if (weighed.version === version) {
        const isNews = !isSettled(state.place);
        return at(next, served(state.place), ...(isNews ? [LOOK_SOON] : []));
      }
      return input.isWatched ? to(next) : inVersion(next, weighed.version);
    }
    case 'believed':
      return believe({ ...state, doubt: undefined }, weighed.found);
    default:
      return unreachable(weighed);
  }
}

function believe(state: FeedState, found: Availability): FeedStep {
  switch (found.is) {
    case 'served':
      return inVersion(state, found.versions[0]);
    case 'unsupported':
      return unsupported(state, found);
    case 'absent':
      return at(state, { is: 'absent' }, STOP, { type: 'forget' }, ...(state.inSession ? [REPORT_ABSENT] : []));
    case 'unknown':
      return to(state);
    default:
      return unreachable(found);
  }
}

/** The objects are the same and their shape is another one: the feed begins anew, and only a new session can say so. */
function inVersion(state: FeedState, version: string): FeedStep {
  const ended: FeedCommand[] = hasWatcher(state.place) ? [STOP, { type: 'forget' }] : [];
  const anew = served(withoutWatcher(state.place, ''));
  return at({ ...state, version, doubt: undefined }, anew, ...ended, { type: 'offerChanged' });
}

function unsupported(state: FeedState, { versions, reason }: Extract<Availability, { is: 'unsupported' }>): FeedStep {
  const { place, inSession } = state;
  const ended: FeedCommand[] = hasWatcher(place) ? [STOP, { type: 'forget' }] : [];
  const isNews = inSession && !(place.is === 'unsupported' && place.reason === reason);
  return at(
    { ...state, doubt: undefined },
    { is: 'unsupported', resumePoint: pointOf(place), versions, reason },
    ...ended,
    ...(isNews ? [degraded(reason)] : []),
  );
}
