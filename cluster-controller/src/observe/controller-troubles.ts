import { cureFor } from '@castai/shared/kube/cure-for.ts';
import { isOfServer, serverTrouble } from '@castai/shared/kube/server-trouble.ts';
import type { LeadershipStatus } from '@castai/shared/lead/leadership.ts';
import { leaseTrouble, serverSaidByLease } from '@castai/shared/lead/lease-trouble.ts';
import { clockTrouble, type TheirTime } from '@castai/shared/verdict/clock-trouble.ts';
import { PLAIN, startTrouble, trustTrouble } from '@castai/shared/verdict/common-troubles.ts';
import type { Trouble } from '@castai/shared/verdict/problem.ts';
import type { Said } from '@castai/shared/verdict/said.ts';
import { causeOfCall, UNKNOWN_CLUSTER_CURE } from '@castai/shared/wire/cause-of-call.ts';
import type { Verdict as Answer } from '@castai/shared/wire/transport.ts';

/** All that the verdict of the cluster controller is made of. */
export interface ControllerFacts {
  /** Addresses. */
  readonly apiServer: string;
  readonly platform: string;
  readonly leadership: Pick<LeadershipStatus, 'problem' | 'role'>;
  /** What was said of the lease last; counts only while the election says that it has a problem. */
  readonly lease: Said | undefined;
  /** Why records, the switch or what actions are about could not be read or written last; undefined: they can. */
  readonly records: Said | undefined;
  readonly key: Said | undefined;
  /** How the last poll failed; undefined: it did not. */
  readonly answer: Answer | undefined;
  readonly trust: ReadonlyMap<string, Said>;
  /** What other clocks say of ours. */
  readonly times: readonly TheirTime[];
  /** What the start still waits for; empty once it was done. */
  readonly startWaitsFor: readonly string[];
}

/**
 * All that is wrong with the cluster controller now; pure. Who stands by neither polls nor writes records: what was last said of them, when it
 * led, would be said for as long as another one leads.
 */
export function controllerTroubles(given: ControllerFacts): Trouble[] {
  const facts = given.leadership.role === 'leader' ? given : { ...given, answer: undefined, records: undefined };
  return [
    keyTrouble(facts) ?? answerTrouble(facts),
    ...clusterTroubles(facts),
    clockTrouble(facts.times),
    trustTrouble(facts.trust),
    startTrouble(facts.startWaitsFor),
  ].filter((trouble): trouble is Trouble => trouble !== undefined);
}

function keyTrouble({ key }: ControllerFacts): Trouble | undefined {
  if (key === undefined) return undefined;
  const runbook = page('NotPolling');
  return { ...PLAIN, cause: 'api-key', severity: 'blocked', why: key.message, cure: key.hint, runbook };
}

/** While the platform is away what is under way goes on; with a key or an id that is refused nothing new will ever come. */
function answerTrouble({ answer, platform: address }: ControllerFacts): Trouble | undefined {
  if (answer === undefined) return undefined;
  const cause = causeOfCall(answer);
  const usual =
    cause === 'cluster-id' ? UNKNOWN_CLUSTER_CURE : 'it is tried again by itself; if it stays, ask the platform';
  const severity = cause === 'platform' ? 'degraded' : 'blocked';
  const cure = answer.hint ?? usual;
  return { ...PLAIN, cause, severity, why: answer.detail, address, cure, runbook: page('NotPolling') };
}

function clusterTroubles({ apiServer: address, leadership, lease, records }: ControllerFacts): (Trouble | undefined)[] {
  const election = { leadership, said: lease };
  const ofServer = serverSaidByLease(election) ?? (isOfServer(records?.code) ? records : undefined);
  if (ofServer !== undefined) {
    return [serverTrouble({ said: ofServer, address, isAll: true, subjects: [], runbook: page('NotPolling') })];
  }
  return [leaseTrouble(election, { address, runbook: page('NoLeader') }), recordsTrouble(address, records)];
}

const RECORDS_CURE =
  'let the service account get, create and patch the ConfigMaps of its records: the chart makes the Role (clusterController.rbac.create)';

/** Nothing is begun of what cannot be remembered. */
function recordsTrouble(address: string, records: Said | undefined): Trouble | undefined {
  if (records === undefined) return undefined;
  const cure = cureFor(records, RECORDS_CURE);
  const why = `no action is begun, because records and switch cannot be used: ${records.message}`;
  return { ...PLAIN, cause: 'records', severity: 'blocked', why, address, cure, runbook: page('RecordsNotStored') };
}

const page = (alert: string): string => `monitoring/runbooks/CastaiClusterController${alert}.md`;
