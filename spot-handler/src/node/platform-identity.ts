import type { MachineIdentity } from '../poll/notice.ts';
import type { NodeView } from './node-view.ts';

/** By what the platform knows a node. */
export interface PlatformIdentity {
  /** The platform's own id; empty for a node that it did not make, or of which nothing is known. */
  readonly nodeId: string;
  readonly providerId: string | undefined;
}

/**
 * Who this machine is to the platform, as far as is known at this moment: what the metadata service says stands in as long as the
 * API server has never answered. A node without a providerID is believed: it may be one that the platform knows by its own id only.
 */
export function platformIdentity(
  node: Pick<NodeView, 'nodeId' | 'providerId'> | undefined,
  machine: MachineIdentity | undefined,
): PlatformIdentity {
  if (node === undefined) return { nodeId: '', providerId: machine?.providerId };
  return { nodeId: node.nodeId, providerId: node.providerId };
}
