import { cureFor } from '@castai/shared/kube/cure-for.ts';
import { UNREACHABLE_CURE, whyUnreachable } from '@castai/shared/kube/unreachable.ts';
import { clockTrouble, type TheirTime } from '@castai/shared/verdict/clock-trouble.ts';
import { PLAIN, startTrouble } from '@castai/shared/verdict/common-troubles.ts';
import type { Trouble } from '@castai/shared/verdict/problem.ts';
import type { Said } from '@castai/shared/verdict/said.ts';
import { causeOfCall, UNKNOWN_CLUSTER_CURE } from '@castai/shared/wire/cause-of-call.ts';
import type { Verdict as Answer } from '@castai/shared/wire/transport.ts';

/** All that the verdict of AKS init data is made of. */
export interface InitDataFacts {
  /** Addresses. */
  readonly apiServer: string;
  readonly platform: string;
  /** Folder of the data. */
  readonly folder: string;
  readonly key: Said | undefined;
  /** Why the API server could not be asked last, and about what. */
  readonly kube: (Said & { readonly subject: 'node' | 'records' }) | undefined;
  /** What is wrong with the data of a node that has to have it: its kind, and its words. */
  readonly data: (Said & { readonly kind: string }) | undefined;
  /** What the platform said of data that it should have. */
  readonly answer: Answer | undefined;
  readonly trust: readonly Said[];
  /** What other clocks say of ours. */
  readonly times: readonly TheirTime[];
  /** What the start still waits for; empty once it was done. */
  readonly startWaitsFor: readonly string[];
}

const page = (alert: string): string => `monitoring/runbooks/CastaiAksInitData${alert}.md`;

/** All that is wrong with AKS init data now; pure. */
export function initDataTroubles(facts: InitDataFacts): Trouble[] {
  return [
    keyTrouble(facts) ?? answerTrouble(facts),
    kubeTrouble(facts),
    dataTrouble(facts),
    clockTrouble(facts.times),
    trustTrouble(facts),
    startTrouble(facts.startWaitsFor),
  ].filter((trouble): trouble is Trouble => trouble !== undefined);
}

function keyTrouble({ key }: InitDataFacts): Trouble | undefined {
  if (key === undefined) return undefined;
  const runbook = page('Failing');
  return { ...PLAIN, cause: 'api-key', severity: 'blocked', why: key.message, cure: key.hint, runbook };
}

function answerTrouble({ answer, platform: address }: InitDataFacts): Trouble | undefined {
  if (answer === undefined) return undefined;
  const cause = causeOfCall(answer);
  const usual =
    cause === 'cluster-id' ? UNKNOWN_CLUSTER_CURE : 'it is tried again by itself; if it stays, ask the platform';
  const cure = answer.hint ?? usual;
  return { ...PLAIN, cause, severity: 'blocked', why: answer.detail, address, cure, runbook: page('Failing') };
}

function kubeTrouble({ kube, apiServer: address }: InitDataFacts): Trouble | undefined {
  if (kube === undefined) return undefined;
  const isOfRights = kube.code === 'KUBE_FORBIDDEN';
  const cure = isOfRights ? RIGHTS_CURES[kube.subject] : UNREACHABLE_CURE;
  return {
    ...PLAIN,
    cause: isOfRights ? kube.subject : 'api-server',
    severity: 'blocked',
    why: whyUnreachable(kube.message),
    address,
    cure: cureFor(kube, cure),
    runbook: page('Failing'),
  };
}

const RIGHTS_CURES = {
  node: 'grant get on nodes to the service account: the chart makes the ClusterRole',
  records:
    'let the service account use the Lease of its pool and the ConfigMap of deliveries in its namespace: the chart makes the Role',
} as const;

const DATA_CURE =
  'it is read again when it changes; if it stays, look at it on the node: the Azure agent writes it when the machine is made';

function dataTrouble({ data, folder: address }: InitDataFacts): Trouble | undefined {
  if (data === undefined) return undefined;
  const why = `${data.kind}: ${data.message}`;
  return {
    ...PLAIN,
    cause: 'node-data',
    severity: 'blocked',
    why,
    address,
    cure: data.hint === '' ? DATA_CURE : data.hint,
    runbook: page('Unusable'),
  };
}

function trustTrouble({ trust: [first] }: InitDataFacts): Trouble | undefined {
  if (first === undefined) return undefined;
  return { ...PLAIN, cause: 'trust', severity: 'degraded', why: first.message, cure: first.hint };
}
