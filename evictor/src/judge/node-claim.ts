import { recordIn, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';
import type { NodeRecord } from '../view/node-record.ts';

/**
 * Why Karpenter calls nodes drifted, by their names: the reason of the condition `Drifted` of their NodeClaims, one word such as
 * `NodePoolDrifted`; empty where it is none. It compares with what it would make now, which nobody else knows: it is told on, not found out anew.
 */
export type KarpenterDrift = ReadonlyMap<string, string>;

/** What the NodeClaim says of its node; undefined: that it has not drifted, or none is there yet. (karpenter.sh/v1, v1beta1) */
export function readNodeClaim(object: object): { readonly node: string; readonly reason: string } | undefined {
  const status = recordIn(recordIn(object)['status']);
  const node = textIn(status['nodeName']);
  const drifted = recordsIn(status['conditions']).find(({ type, status: is }) => type === 'Drifted' && is === 'True');
  if (node === '' || drifted === undefined) return undefined;
  const reason = textIn(drifted['reason']);
  return { node, reason: WORD.test(reason) ? reason : '' };
}

/** Whether Karpenter has made the node: where it has made none, there is nothing to ask it for. */
export function isOfKarpenter({ labels }: Pick<NodeRecord, 'labels'>): boolean {
  return labels['karpenter.sh/nodepool'] !== undefined;
}

/** It leaves in a report where that does: whatever is no word of a program stays. */
const WORD = /^[A-Z][A-Za-z0-9]{0,62}$/u;
