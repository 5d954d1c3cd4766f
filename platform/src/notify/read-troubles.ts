/** Those kinds of trouble that a cluster's reports and objects tell of: reading them costs, and what they tell is no matter of seconds. */
import type { ControllerPoll } from '../actions/controller-poll.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import type { Observation, Trouble } from './condition.ts';
import type { connectionOf, LookTimes } from './observe-cluster.ts';
import { observeDaemonSets } from './observe-daemon-sets.ts';
import { DRIFT_FORGOTTEN_MS, DRIFT_KNOWN_MS, observeDrift } from './observe-drift.ts';
import { observeProgram } from './observe-program.ts';
import { observeInitData, observeInterruptions } from './observe-reports.ts';
import { readWorkloads } from './read-workloads.ts';

/** Those kinds. */
export type ReadTrouble = Exclude<Trouble, 'connection' | 'agent' | 'continuity'>;

/** What is read. */
export interface TroubleSources {
  readonly store: Pick<PlatformStore, 'feeds' | 'objectsAfter' | 'reports'>;
  /** The newest poll of a cluster's controller since this process listens; `undefined`: there was none. */
  readonly controllerPoll: (cluster: string) => ControllerPoll | undefined;
}

/** The newest of each kind that are read: many more than a burst, and than a cluster has pools. */
const READ_REPORTS = 100;
/** A controller polls each five seconds, and each minute while it is refused. */
const CONTROLLER_QUIET_MS = 5 * 60_000;
const PROGRAMS = ['cluster-controller', 'evictor'] as const;
const NODE_PROGRAMS = ['spot-handler', 'aks-init-data'] as const;

/** Looks at all of them, wherever the cluster is: see {@link whileThere}. Throws what the store throws. */
export async function readTroubles(
  { store, controllerPoll }: TroubleSources,
  row: ClusterRow,
  times: LookTimes,
): Promise<Readonly<Record<ReadTrouble, Observation>>> {
  const { nowMs } = times;
  const { id } = row;
  const daemonSets = await readWorkloads(store, row, { resource: 'daemonsets', mention: NODE_PROGRAMS });
  const deployments = await readWorkloads(store, row, { resource: 'deployments', mention: PROGRAMS });
  const [report] = await store.reports(id, 'evictor', 1);
  const poll = controllerPoll(id);
  const sinceMs = (atMs: number): number => Math.max(0, nowMs - Math.max(atMs, times.listeningSinceMs));
  const polledMs = sinceMs(poll?.atMs ?? 0);
  const isPolled = poll !== undefined && polledMs < CONTROLLER_QUIET_MS;
  // It need not tell the platform anything; one that did goes on.
  const tells = report !== undefined && nowMs - report.atMs < DRIFT_FORGOTTEN_MS;
  return {
    interruptions: observeInterruptions(await store.reports(id, 'event', READ_REPORTS), nowMs),
    'init-data': observeInitData(await store.reports(id, 'initData', READ_REPORTS), nowMs),
    'daemon-sets': observeDaemonSets(daemonSets),
    controller: observeProgram({
      title: 'cluster controller',
      name: 'cluster-controller',
      deployments,
      silentMs: polledMs,
      isHeard: isPolled,
      isKnown: poll !== undefined,
      quietMs: CONTROLLER_QUIET_MS,
      verdict: isPolled ? poll.verdict : undefined,
    }),
    evictor: observeProgram({
      title: 'evictor',
      name: 'evictor',
      deployments,
      silentMs: tells ? sinceMs(report.atMs) : undefined,
      isKnown: tells,
      isHeard: report !== undefined && nowMs - report.atMs < DRIFT_KNOWN_MS,
      quietMs: DRIFT_KNOWN_MS,
      verdict: undefined,
    }),
    drift: observeDrift(report, nowMs),
  };
}

/**
 * What of it counts now. Of a cluster that was given up nothing is renewed any more, and of one that is away nobody knows; interruptions come by
 * themselves.
 */
export function whileThere(
  seen: Readonly<Record<ReadTrouble, Observation>>,
  connection: ReturnType<typeof connectionOf>,
): Readonly<Record<ReadTrouble, Observation>> {
  if (connection === 'connected' || connection === 'waiting') return seen;
  const others: Observation = connection === 'ended' ? { type: 'clear' } : { type: 'unknown' };
  const all = { 'init-data': others, 'daemon-sets': others, controller: others, evictor: others, drift: others };
  return { ...all, interruptions: seen.interruptions };
}
