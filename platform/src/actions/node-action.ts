/** What is asked of a node, as the cluster controller reads it (facts: the controller's wire). Pure. */
import { field, text } from '../page/loose-fields.ts';

/** What may be asked for on a node's page. */
export const NODE_ACTIONS = ['cordon', 'uncordon', 'drain', 'remove'] as const;

/** One of them. */
export type NodeActionName = (typeof NODE_ACTIONS)[number];

/** What is asked. */
export interface NodeWish {
  readonly name: NodeActionName;
  /** How long a drain may take, seconds. */
  readonly drainSeconds: number;
  /** Whether what a drain could not evict in time is deleted past its budgets. */
  readonly force: boolean;
}

/** The member of an action that says what is to be done. */
export type ActionDocument = Readonly<Record<string, unknown>>;

/** The same label that the controller compares. */
const NODE_ID_LABEL = 'provisioner.cast.ai/node-id';

/**
 * The action for a node as it is stored. It names the machine, not only the name: that may be another machine's by the time it is carried
 * out. `undefined`: nothing of the node says which machine it is.
 */
export function nodeAction(node: unknown, { name, drainSeconds, force }: NodeWish): ActionDocument | undefined {
  const metadata = field(node, 'metadata');
  const nodeId = text(field(field(metadata, 'labels'), NODE_ID_LABEL));
  const providerId = text(field(field(node, 'spec'), 'providerID'));
  if (nodeId === '' && providerId === '') return undefined;
  const ids = { nodeName: text(field(metadata, 'name')), nodeId, providerId };
  switch (name) {
    case 'cordon':
      return { actionPatchNode: { ...ids, unschedulable: true } };
    case 'uncordon':
      return { actionPatchNode: { ...ids, unschedulable: false } };
    case 'drain':
      return { actionDrainNode: { ...ids, drainTimeoutSeconds: drainSeconds, force } };
    case 'remove':
      return { actionDeleteNode: ids };
  }
}
