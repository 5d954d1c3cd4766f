import type { ActionKind } from '../poll/action.ts';

/** One right: a verb on a resource, or on a part of it, in one namespace or in all. */
export interface Right {
  /** Empty: the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
  /** Absent: all, or a resource that has none. */
  readonly namespace?: string;
}

const right = (verb: string, resource: string, subresource?: string): Right => ({
  group: resource === 'volumeattachments' ? 'storage.k8s.io' : '',
  resource,
  ...(subresource === undefined ? {} : { subresource }),
  verb,
});

const ofNode = [right('get', 'nodes')];
/**
 * What is told of a node: how its drain goes on, and of whatever was begun with it that nobody asks for any more. Events about nodes are kept in
 * this namespace, so that no more is needed; an action's own may be about anything.
 */
const nodeEvents: Right = { ...right('create', 'events'), namespace: 'default' };

/** What each kind needs in the cluster beside the records; those of objects depend on the resources that are allowed. */
export const RIGHTS_OF_KIND: Readonly<Record<ActionKind, readonly Right[]>> = {
  drainNode: [
    ...ofNode,
    right('patch', 'nodes'),
    right('list', 'pods'),
    right('get', 'pods'),
    right('create', 'pods', 'eviction'),
    right('delete', 'pods'),
    nodeEvents,
    right('get', 'persistentvolumeclaims'),
    right('list', 'volumeattachments'),
  ],
  deleteNode: [
    ...ofNode,
    right('delete', 'nodes'),
    right('list', 'pods'),
    right('delete', 'pods'),
    right('list', 'volumeattachments'),
    right('delete', 'volumeattachments'),
    nodeEvents,
  ],
  patchNode: [...ofNode, right('patch', 'nodes'), right('patch', 'nodes', 'status'), nodeEvents],
  createEvent: [right('create', 'events')],
  checkNodeDeleted: ofNode,
  checkNodeStatus: ofNode,
  evictPod: [right('get', 'pods'), right('create', 'pods', 'eviction')],
  patch: [],
  create: [],
  delete: [],
  disconnectCluster: [],
};
