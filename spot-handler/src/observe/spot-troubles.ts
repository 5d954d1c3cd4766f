import { cureFor } from '@castai/shared/kube/cure-for.ts';
import { isOfServer } from '@castai/shared/kube/server-trouble.ts';
import { UNREACHABLE_CURE, whyUnreachable } from '@castai/shared/kube/unreachable.ts';
import { clockTrouble, type TheirTime, withinLimit } from '@castai/shared/verdict/clock-trouble.ts';
import { PLAIN, startTrouble, trustTrouble } from '@castai/shared/verdict/common-troubles.ts';
import type { Trouble } from '@castai/shared/verdict/problem.ts';
import type { Said } from '@castai/shared/verdict/said.ts';
import { causeOfCall, UNKNOWN_CLUSTER_CURE } from '@castai/shared/wire/cause-of-call.ts';
import { NODE_RIGHTS_CURE } from '../node/node-rights-cure.ts';
import type { Verdict as Answer } from '@castai/shared/wire/transport.ts';

/** The words of whoever does not answer. */
export interface SpotHeard {
  /** Parts of the metadata service that tell nothing. */
  readonly sources: ReadonlyMap<string, Said>;
  /** Connections that are kept open for the moment of a notice, and are not. */
  readonly cold: ReadonlyMap<'kube' | 'platform', Said>;
  readonly trust: ReadonlyMap<string, Said>;
  /** Why the node could not be read last. */
  readonly node: Said | undefined;
  /** What the platform said of a notice last; counts only while one waits. */
  readonly report: Answer | undefined;
}

/** All that the spot handler's verdict is made of. */
export interface SpotFacts {
  /** Addresses. */
  readonly apiServer: string;
  readonly platform: string;
  readonly metadataService: string;
  /** Why a notice would not be heard of. */
  readonly blindness: string | undefined;
  readonly key: Said | undefined;
  readonly isNodeDeleted: boolean;
  /** Why the node is not as it should be, while it has to be changed. */
  readonly patchError: Said | undefined;
  /** Notices that the platform has not taken. */
  readonly waitingReports: number;
  /** By how much the provider's clock is ahead of ours; 0 while it does not matter, or nobody has told. */
  readonly clockErrorMs: number;
  /** What other clocks say of ours. */
  readonly times: readonly TheirTime[];
  readonly heard: SpotHeard;
  /** What the start still waits for; empty once it was done. */
  readonly startWaitsFor: readonly string[];
}

const page = (alert: string): string => `monitoring/runbooks/CastaiSpotHandler${alert}.md`;

/**
 * All that is wrong with the spot handler now; pure. Blocked is only who would not hear of a notice: without the platform the node is
 * still marked, and without the API server the platform still hears of it.
 */
export function spotTroubles(facts: SpotFacts): Trouble[] {
  return [
    metadataTrouble(facts),
    keyTrouble(facts) ?? platformTrouble(facts),
    nodeTrouble(facts),
    ofClocks(facts),
    trustTrouble(facts.heard.trust),
    startTrouble(facts.startWaitsFor),
  ].filter((trouble): trouble is Trouble => trouble !== undefined);
}

function metadataTrouble({ blindness, heard, metadataService: address }: SpotFacts): Trouble | undefined {
  if (blindness === undefined) return undefined;
  const [first] = heard.sources.values();
  return {
    cause: 'metadata-service',
    severity: 'blocked',
    why: first?.message ?? blindness,
    address,
    cure:
      first === undefined || first.hint === ''
        ? 'check that pods with hostNetwork reach the metadata service of the machine, and that PROVIDER is right'
        : first.hint,
    runbook: page('NotPolling'),
    subjects: [...heard.sources.keys()],
  };
}

function keyTrouble({ key, heard, waitingReports, platform: address }: SpotFacts): Trouble | undefined {
  const runbook = page('ReportsFailing');
  if (key !== undefined)
    return { ...PLAIN, cause: 'api-key', severity: 'degraded', why: key.message, cure: key.hint, runbook };
  if (waitingReports === 0 || heard.report === undefined || causeOfCall(heard.report) !== 'api-key') return undefined;
  const { detail: why, hint: cure = 'check that the key is valid' } = heard.report;
  return { ...PLAIN, cause: 'api-key', severity: 'degraded', why, address, cure, runbook };
}

function platformTrouble({ heard, waitingReports, platform: address }: SpotFacts): Trouble | undefined {
  const runbook = page('ReportsFailing');
  const ofReport = waitingReports === 0 ? undefined : heard.report;
  const cold = heard.cold.get('platform');
  const why = ofReport?.detail ?? cold?.message;
  if (why === undefined) return undefined;
  const cause = ofReport === undefined ? 'platform' : causeOfCall(ofReport);
  const hint = ofReport === undefined ? cold?.hint : ofReport.hint;
  const usual =
    cause === 'cluster-id'
      ? UNKNOWN_CLUSTER_CURE
      : ofReport?.kind === 'UNAVAILABLE'
        ? 'it is tried again by itself; if it stays, ask the platform; notices wait, and the node is marked all the same'
        : 'check API_URL, proxy and firewall; notices wait, and the node is marked all the same';
  const cure = hint === undefined || hint === '' ? usual : hint;
  return { ...PLAIN, cause, severity: 'degraded', why, address, cure, runbook };
}

function nodeTrouble({ heard, patchError, isNodeDeleted, apiServer: address }: SpotFacts): Trouble | undefined {
  const runbook = page('NodeActionsFailing');
  if (isNodeDeleted) {
    const why = 'the node object is gone: nothing can be marked, and notices are still reported';
    const cure = 'nothing, if the machine is about to go; else see why its kubelet does not register it';
    return { ...PLAIN, cause: 'node', severity: 'degraded', why, address, cure, runbook };
  }
  const read = heard.node ?? heard.cold.get('kube');
  const failure = read ?? patchError;
  if (failure === undefined) return undefined;
  const cause =
    failure.code !== 'KUBE_FORBIDDEN' && (read !== undefined || isOfServer(failure.code)) ? 'api-server' : 'node';
  const usual =
    cause === 'api-server' ? UNREACHABLE_CURE : failure.code === 'KUBE_FORBIDDEN' ? NODE_RIGHTS_CURE : REFUSED_CURE;
  const why = whyUnreachable(failure.message);
  return { ...PLAIN, cause, severity: 'degraded', why, address, cure: cureFor(failure, usual), runbook };
}

const REFUSED_CURE =
  'it is tried again by itself; if it stays, look at what refuses it: an admission webhook or a policy of the cluster';

/** The provider's clock is that of the metadata service, whose word counts as it is: notices are acted on by it. */
function ofClocks({ clockErrorMs, times, metadataService: address }: SpotFacts): Trouble | undefined {
  const aheadMs = clockErrorMs === 0 ? undefined : withinLimit(-clockErrorMs);
  const provider = { whose: 'the metadata service', address, aheadMs };
  return clockTrouble([provider, ...times], page('ClockOff'));
}
