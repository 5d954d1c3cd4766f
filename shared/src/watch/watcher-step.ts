import type { KubeErrorCode } from '../kube/kube-error.ts';
import type { Listing, Live, RestartReason, WatcherCommand, WatcherState, WatcherStep } from './watcher-signals.ts';

/** The feed may not be read any more. Its objects stay, and its position unless a snapshot was under way. */
export function forbid(state: Listing | Live): WatcherStep {
  const isListing = state.phase === 'listing';
  return to(
    { phase: 'forbidden', position: isListing ? '' : state.position },
    { type: 'halt' },
    ...abortIf(state, 'KUBE_FORBIDDEN'),
    { type: 'restarted', reason: 'KUBE_FORBIDDEN' },
    { type: 'report', state: 'FORBIDDEN', reason: 'the API server refuses to list or watch it' },
  );
}

/** The history is lost, or the list: a snapshot, after a wait. */
export function snapshotLater(state: WatcherState, reason: RestartReason, retryAfterMs: number): WatcherStep {
  return to(
    { phase: 'pausing' },
    { type: 'halt' },
    ...abortIf(state, reason),
    { type: 'restarted', reason },
    { type: 'wait', activity: 'list', pace: 'backoff', retryAfterMs },
  );
}

/**
 * The same for a feed whose last snapshot was told to its end. That may be on its way still, behind changes that wait for a slow platform, and the
 * next one would void it: where that happens each time nothing is ever complete. So it is waited for.
 */
export function snapshotAfterEnd(reason: RestartReason, retryAfterMs: number): WatcherStep {
  return to({ phase: 'pausing' }, { type: 'halt' }, { type: 'restarted', reason }, { type: 'settle', retryAfterMs });
}

/** Queues at once: the turn itself is the pace (room in memory, the distance between two `resync`s). */
export function snapshotNow(state: WatcherState, reason: RestartReason): WatcherStep {
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

/** Only discovery can tell whether the resource is gone. */
export function askDiscovery(code: KubeErrorCode): WatcherCommand[] {
  return code === 'KUBE_NOT_FOUND' || code === 'KUBE_METHOD_NOT_ALLOWED' ? [{ type: 'rediscover' }] : [];
}

/** A step with commands before its own. */
export function after(commands: WatcherCommand[], step: WatcherStep): WatcherStep {
  return { state: step.state, commands: [...commands, ...step.commands] };
}

/** A step. */
export function to(state: WatcherState, ...commands: WatcherCommand[]): WatcherStep {
  return { state, commands };
}

/** A watch that was just opened. */
export const OPEN = { is: 'open', silentEnds: 0, failures: 0, hasSpoken: false } as const;
/** It waits for its turn to snapshot. */
export const QUEUED: WatcherStep = { state: { phase: 'queued' }, commands: [{ type: 'queue' }] };
