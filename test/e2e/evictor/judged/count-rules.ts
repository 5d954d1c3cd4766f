import type { PodRecord } from '@castai/evictor/view/pod-record.ts';
import { DEVICE } from '../../../samples/rich-cluster/rich-names.ts';

/** Whether a pod that was moved is looked at by a rule. */
const RULES: Readonly<Record<string, (pod: PodRecord) => boolean>> = {
  affinity: ({ demand }) => demand.affinity.length > 0,
  'anti-affinity': ({ demand }) => demand.antiAffinity.length > 0,
  claims: ({ claims }) => claims.length > 0,
  devices: ({ demand }) => (demand.requests[DEVICE] ?? 0) > 0,
  'host ports': ({ demand }) => demand.hostPorts.length > 0,
  'node affinity': ({ demand }) => demand.nodeTerms !== undefined,
  'node selector': ({ demand }) => Object.keys(demand.nodeSelector).length > 0,
  priority: ({ demand }) => demand.priority !== 0,
  spread: ({ demand }) => demand.spread.length > 0,
  storage: ({ demand }) => (demand.requests['ephemeral-storage'] ?? 0) > 0,
  tolerations: ({ demand }) => demand.tolerations.some(({ key }) => !key.startsWith('node.kubernetes.io/')),
};

/** How many of the pods that were moved each rule looks at. */
export function countRules(pods: readonly PodRecord[]): Record<string, number> {
  return Object.fromEntries(Object.entries(RULES).map(([name, isMeant]) => [name, pods.filter(isMeant).length]));
}
