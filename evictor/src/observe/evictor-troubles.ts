import type { UnreadableObject } from '@castai/shared/kube/json/unreadable-object.ts';
import { cureFor } from '@castai/shared/kube/cure-for.ts';
import { isOfServer } from '@castai/shared/kube/server-trouble.ts';
import type { LeadershipStatus } from '@castai/shared/lead/leadership.ts';
import { leaseTrouble, serverSaidByLease } from '@castai/shared/lead/lease-trouble.ts';
import { clockTrouble, type TheirTime } from '@castai/shared/verdict/clock-trouble.ts';
import { PLAIN, startTrouble, trustTrouble } from '@castai/shared/verdict/common-troubles.ts';
import type { Trouble } from '@castai/shared/verdict/problem.ts';
import type { Said } from '@castai/shared/verdict/said.ts';
import { brokenTrouble, forbiddenTrouble, serverTroubleOf } from '@castai/shared/watch/feed-troubles.ts';
import { CLAIMS_RIGHT_CURE, FORBIDDEN_CURE, WINDOW_RIGHT_CURE } from '../follow/forbidden-cure.ts';
import { causeOfCall, UNKNOWN_CLUSTER_CURE } from '@castai/shared/wire/cause-of-call.ts';
import type { Verdict as Answer } from '@castai/shared/wire/transport.ts';
import type { WatcherStatus } from '@castai/shared/watch/watcher.ts';

/** The words of whoever does not answer. */
export interface EvictorHeard {
  /** By feed; counts only while the feed says that it is degraded. */
  readonly feeds: ReadonlyMap<string, Said>;
  /** By feed the latest object that could not be read; counts only while the view lacks one. */
  readonly unreadable: ReadonlyMap<string, UnreadableObject>;
  /** Counts only while the election says that it has a problem. */
  readonly lease: Said | undefined;
  /** Why the control plane did not tell its version; undefined: it did. */
  readonly version: Said | undefined;
  /** Why the next maintenance window is not known; undefined: it is, or nobody has to tell it. */
  readonly window: Said | undefined;
  /** Why it is not known what Karpenter says of its nodes; undefined: it is, or it has made none. */
  readonly claims: Said | undefined;
  /** Why the files that options name cannot be used as they are now; undefined: they can. */
  readonly files: Said | undefined;
  /** What the platform said of the latest report; undefined: it took it. */
  readonly report: Answer | undefined;
  /** By destination: its file of certificates cannot be used. */
  readonly trust: ReadonlyMap<string, Said>;
}

/** All that the evictor's verdict is made of. */
export interface EvictorFacts {
  /** Addresses; that of the platform is empty where none is configured. */
  readonly apiServer: string;
  readonly platform: string;
  /** It looks at the cluster: a standby has nothing to tell the platform. */
  readonly isLooking: boolean;
  readonly leadership: Pick<LeadershipStatus, 'problem'>;
  /** Of the term that is under way; of a standby none. */
  readonly feeds: readonly Pick<WatcherStatus, 'feed' | 'phase' | 'state'>[];
  /** Those of which not everything is known. */
  readonly missing: readonly string[];
  readonly heard: EvictorHeard;
  /** What other clocks say of ours. */
  readonly times: readonly TheirTime[];
  /** What the start still waits for; empty once it was done. */
  readonly startWaitsFor: readonly string[];
}

/**
 * All that is wrong with the evictor now; pure. Nothing is concluded while one collection is not known in full, so each of them is
 * indispensable: the report stays as it was.
 */
export function evictorTroubles(facts: EvictorFacts): Trouble[] {
  const { apiServer, feeds, leadership, heard } = facts;
  const election = { leadership, said: heard.lease };
  const common = { apiServer, feeds, heard: heard.feeds, isIndispensable: () => true };
  const ofLease = serverSaidByLease(election);
  const ofVersion = isOfServer(heard.version?.code) ? heard.version : undefined;
  // At the start one of the feeds may still wait for its first answer when the question for the version has been given up.
  const isNothingKnown = ofVersion !== undefined && feeds.length > 0 && feeds.every(({ state }) => state !== 'SYNCED');
  const server = serverTroubleOf(
    { ...common, runbook: page('NotReporting') },
    { told: ofLease ?? ofVersion, isNothingRead: ofLease !== undefined || isNothingKnown },
  );
  return [
    platformTrouble(facts),
    server ?? leaseTrouble(election, { address: apiServer, runbook: page('NoLeader') }),
    forbiddenTrouble({ ...common, runbook: page('NotReporting') }, () => FORBIDDEN_CURE),
    brokenTrouble({ ...common, runbook: page('NotReporting') }),
    server === undefined ? untoldTrouble(facts) : undefined,
    unreadableTrouble(facts),
    filesTrouble(heard.files),
    clockTrouble(facts.times),
    trustTrouble(heard.trust),
    startTrouble(facts.startWaitsFor),
  ].filter((trouble): trouble is Trouble => trouble !== undefined);
}

/** The report stands here all the same, and its page at the platform shows an older one. */
function platformTrouble({ heard: { report }, isLooking, platform: address }: EvictorFacts): Trouble | undefined {
  if (report === undefined || !isLooking) return undefined;
  const cause = causeOfCall(report);
  const cure = report.hint ?? (cause === 'cluster-id' ? UNKNOWN_CLUSTER_CURE : PLATFORM_CURE);
  return { ...PLAIN, cause, severity: 'degraded', why: report.detail, address, cure };
}

const PLATFORM_CURE = 'it is tried again by itself; if it stays, ask the platform: its page shows an older report';

const page = (alert: string): string => `monitoring/runbooks/CastaiEvictor${alert}.md`;

function untoldTrouble({ heard: { version, window, claims }, apiServer: address }: EvictorFacts): Trouble | undefined {
  const common = {
    ...PLAIN,
    cause: 'discovery',
    severity: 'degraded',
    address,
    runbook: page('NotReporting'),
  } as const;
  if (version !== undefined) {
    const why = `the version of the control plane is not known: ${version.message}`;
    return {
      ...common,
      why,
      cure: cureFor(version, 'let everybody who is authenticated get /version'),
    };
  }
  if (window !== undefined) {
    const why = `the next maintenance window is not known: ${window.message}`;
    const usual = window.code === 'KUBE_FORBIDDEN' ? WINDOW_RIGHT_CURE : WINDOW_CURE;
    return { ...common, why, cure: cureFor(window, usual) };
  }
  if (claims === undefined) return undefined;
  const why = `which nodes Karpenter calls drifted is not known: ${claims.message}`;
  return { ...common, why, cure: cureFor(claims, claims.code === 'KUBE_FORBIDDEN' ? CLAIMS_RIGHT_CURE : CLAIMS_CURE) };
}

/** The program works on, by what they said before. */
function filesTrouble(files: Said | undefined): Trouble | undefined {
  if (files === undefined) return undefined;
  const why = `what was read before is used still: ${files.message}`;
  return { ...PLAIN, cause: 'config', severity: 'degraded', why, cure: cureFor(files, 'correct the file') };
}

const CLAIMS_CURE = 'see whether the NodeClaims of Karpenter can be read with kubectl';
const WINDOW_CURE = 'see what writes the ConfigMap that MAINTENANCE_CONFIG_MAP names, or take the option out';

function unreadableTrouble({ missing, feeds, heard, apiServer: address }: EvictorFacts): Trouble | undefined {
  const synced = new Set(feeds.filter(({ state }) => state === 'SYNCED').map(({ feed }) => feed));
  const subjects = missing.filter((feed) => synced.has(feed) && heard.unreadable.has(feed));
  const object = heard.unreadable.get(subjects[0] ?? '');
  if (object === undefined) return undefined;
  const { namespace, name, reason } = object;
  const who = name === '' ? 'one that does not tell its name' : `${namespace === '' ? '' : `${namespace}/`}${name}`;
  return {
    cause: 'unreadable-objects',
    severity: 'blocked',
    why: `${subjects.join(', ')}: ${who}: ${reason}`,
    address,
    cure: 'look at it with kubectl: make it smaller, or ask the makers of whatever serves it',
    runbook: page('NotReporting'),
    subjects,
  };
}
