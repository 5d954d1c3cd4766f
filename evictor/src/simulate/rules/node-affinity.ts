import { equalTo, selects } from '../../view/label-selector.ts';
import type { NodeRecord } from '../../view/node-record.ts';
import type { NodeTerm } from '../../view/pod-terms.ts';
import type { PodDemand } from '../../view/pod-demand.ts';
import type { Rule } from '../mover.ts';

/** Node selector and required node affinity: both must match, of the affinity's terms any. */
export const nodeAffinityRule: Rule = ({ pod: { demand } }) => {
  if (demand.nodeTerms === undefined && Object.keys(demand.nodeSelector).length === 0) return undefined;
  return { rules: [{ code: 'node_affinity', lets: ({ record }) => wantsNode(demand, record) }] };
};

/** Whether a pod may be on a node by what it says of the node's labels and name. */
export function wantsNode(
  { nodeSelector, nodeTerms }: Pick<PodDemand, 'nodeSelector' | 'nodeTerms'>,
  node: NodeRecord,
): boolean {
  return selects(equalTo(nodeSelector), node.labels) && matchesAny(nodeTerms, node);
}

/** Whether any term matches; undefined means that nothing is asked. */
export function matchesAny(terms: readonly NodeTerm[] | undefined, { labels, name }: NodeRecord): boolean {
  if (terms === undefined) return true;
  return terms.some((term) => selects(term.labels, labels) && selects(term.fields, { 'metadata.name': name }));
}
