/** The places of a feed: what they have in common, and the small steps that the machine in `feed-state.ts` is made of. */
import type { Question } from './feed-doubt.ts';
import type { FeedAvailability, FeedCommand, FeedPlace, FeedState, FeedStep } from './feed-signals.ts';

/** What observers and `/statusz` call the place of a feed. Without a watcher it is all that there is to say. */
export function availabilityIn({ is }: FeedPlace): FeedAvailability {
  return is === 'unknown' || is === 'absent' || is === 'unsupported' || is === 'forbidden' ? is : 'served';
}

/** Why it does not run, where that says more than the place; else empty. */
export function reasonIn(place: FeedPlace): string {
  return place.is === 'unsupported' ? place.reason : '';
}

/** A place in which a review is due or under way. */
export type Asked = Extract<FeedPlace, { review: Question }>;

/** Whether a review is under way. */
export function isAsked(place: FeedPlace): place is Asked {
  return 'review' in place && place.review.is === 'asked';
}

/** Whether a watcher of it works or waits. */
export function hasWatcher(place: FeedPlace): boolean {
  if (place.is === 'forbidden') return place.resumePoint === undefined;
  return place.is === 'running' || place.is === 'barred';
}

/** Where its next start goes on. */
export function pointOf(place: FeedPlace): string {
  return 'resumePoint' in place ? (place.resumePoint ?? '') : '';
}

/** The place of a feed whose watcher, if it has one, was ended, and which goes on from there. */
export function withoutWatcher(place: FeedPlace, resumePoint: string): FeedPlace {
  if (place.is === 'running') return { is: 'offered', resumePoint, review: AT_ONCE };
  if (place.is === 'barred') return { is: 'offered', resumePoint, review: place.review };
  return 'resumePoint' in place ? { ...place, resumePoint } : place;
}

/** Tells the platform that the feed lags, and why. */
export function degraded(reason: string): FeedCommand {
  return { type: 'report', state: 'DEGRADED', reason };
}

/** A place that is known to be served. */
export function served(place: FeedPlace): FeedPlace {
  if (place.is === 'unknown' || place.is === 'unsupported') {
    return { is: 'offered', resumePoint: place.resumePoint, review: AT_ONCE };
  }
  // Should the resource have come back, it is another history.
  return place.is === 'absent' ? { is: 'offered', resumePoint: '', review: AT_ONCE } : place;
}

/** A question for that time. */
export function due(atMs: number): Question {
  return { is: 'due', atMs };
}

/** A step to a place. */
export function at(state: FeedState, place: FeedPlace, ...commands: FeedCommand[]): FeedStep {
  return { state: { ...state, place }, commands };
}

/** A step without another place. */
export function to(state: FeedState, ...commands: FeedCommand[]): FeedStep {
  return { state, commands };
}

/** Asked with the next tick. */
export const AT_ONCE: Question = { is: 'due', atMs: 0 };
/** Under way. */
export const ASKED: Question = { is: 'asked' };
/** Its watcher works. */
export const RUNNING: FeedPlace = { is: 'running' };
/** Discovery should be looked at before its time. */
export const LOOK_SOON: FeedCommand = { type: 'lookSoon' };
/** Ends the watcher. */
export const STOP: FeedCommand = { type: 'stop' };
/** The platform removes its objects. */
export const REPORT_ABSENT: FeedCommand = { type: 'report', state: 'ABSENT', reason: 'the cluster does not serve it' };
/** It removes nothing. */
export const REPORT_FORBIDDEN: FeedCommand = {
  type: 'report',
  state: 'FORBIDDEN',
  reason: 'the access review refuses to list or watch it',
};
