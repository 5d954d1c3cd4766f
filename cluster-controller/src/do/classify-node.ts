import type { NodeIds } from '../poll/action.ts';
import { NODE_ID_LABEL, type NodeView } from './node-view.ts';

/** The cloud's own controller takes this off when it has seen the machine. Its value differs by cloud and version. */
const UNINITIALIZED = 'node.cloudprovider.kubernetes.io/uninitialized';

/**
 * Whether a node of that name is the machine that is meant: names are given again. The rule is the existing controller's: the label
 * and the provider's id both have to fit as far as both sides have them, because nodes of Azure may be ready without the latter.
 */
export function isMeant({ labels, providerId }: NodeView, ids: NodeIds): boolean {
  const label = (labels?.[NODE_ID_LABEL] ?? '').toLowerCase();
  const [nodeId, wanted, own] = [ids.nodeId, ids.providerId, providerId].map((text) => text.toLowerCase());
  const isProviderSame = wanted !== '' && wanted === own;
  if (nodeId === '' || label === '') return isProviderSame;
  return label === nodeId && (isProviderSame || wanted === '' || own === '');
}

/** Whether a node can be used: the kubelet says so, and the cloud's controller has seen it. */
export function isUsable({ ready, taints = [] }: NodeView): boolean {
  return ready === 'True' && !taints.some(({ key }) => key === UNINITIALIZED);
}

/**
 * Whether a kubelet runs on the node, as far as the control plane knows: `Unknown` is what it writes when one has been silent for its
 * grace period (40 to 50 s). Its own reading and not that of the lease's time, because our clock may differ from the kubelet's.
 */
export function isKubeletAlive({ ready }: NodeView): boolean {
  return ready === 'True' || ready === 'False';
}
