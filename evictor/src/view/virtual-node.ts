import type { NodeRecord } from './node-record.ts';

type Said = Pick<NodeRecord, 'labels' | 'taints'>;

/**
 * Whether a virtual kubelet has made the node: it stands for a service, reports as much room as it likes and the version of the library that it was
 * built with, and nothing of it can be renewed. (virtual-kubelet's own label and taint, which AKS, ACK and others keep; Liqo has its own label)
 */
export function isVirtualKubelet({ labels, taints }: Said): boolean {
  if (labels['type'] === 'virtual-kubelet' || labels['liqo.io/type'] === 'virtual-node') return true;
  return taints.some(({ key }) => key === 'virtual-kubelet.io/provider');
}

/** Whether no machine is saved when the node goes: a virtual kubelet's, and what Fargate makes for one pod and takes back with it. */
export function isWithoutMachine(node: Said): boolean {
  return isVirtualKubelet(node) || node.labels['eks.amazonaws.com/compute-type'] === 'fargate';
}
