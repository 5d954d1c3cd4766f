import { field, text } from './loose-fields.ts';

/**
 * Labels by which clouds and provisioners say that a machine is a spot one, with the values that mean so, in lower case. Sources: the clouds'
 * documentation of their node labels, Karpenter's `karpenter.sh/capacity-type`, and the platform's own.
 */
const SPOT_LABELS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.azure.com/scalesetpriority': ['spot'],
  'eks.amazonaws.com/capacitytype': ['spot'],
  'karpenter.sh/capacity-type': ['spot'],
  'cloud.google.com/gke-spot': ['true'],
  'cloud.google.com/gke-preemptible': ['true'],
  'cloud.google.com/gke-provisioning': ['spot', 'preemptible'],
  'scheduling.cast.ai/spot': ['true'],
  'node.kubernetes.io/lifecycle': ['spot'],
};

/** Whether a node's labels say that it is a spot machine. */
export function isSpotNode(labels: unknown): boolean {
  if (typeof labels !== 'object' || labels === null) return false;
  return Object.keys(labels).some((label) => {
    const key = label.toLowerCase();
    return Object.hasOwn(SPOT_LABELS, key) && SPOT_LABELS[key]?.includes(text(field(labels, label)).toLowerCase());
  });
}
