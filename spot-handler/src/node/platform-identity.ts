import type { MachineIdentity } from '../poll/notice.ts';
import type { NodeView } from './node-view.ts';

/** By what the platform knows a node. */
export interface PlatformIdentity {
  /** The platform's own id; empty for a node that it did not make, or of which nothing is known. */
  readonly nodeId: string;
  readonly providerId: string | undefined;
}

/**
 * Who this machine is to the platform, as far as is known at this moment: what the metadata service says stands in as long as the API
 * server has not named the machine, because it was never reached or because nobody has written a providerID yet. A node without one that
 * has the platform's own id is believed: it is known by that id only.
 */
export function platformIdentity(
  node: Pick<NodeView, 'nodeId' | 'providerId'> | undefined,
  machine: MachineIdentity | undefined,
): PlatformIdentity {
  const isNamed = node !== undefined && (node.nodeId !== '' || node.providerId !== undefined);
  return isNamed
    ? { nodeId: node.nodeId, providerId: node.providerId }
    : { nodeId: '', providerId: machine?.providerId };
}
