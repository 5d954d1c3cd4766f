import { compareText } from '@castai/shared/compare-text.ts';
import type { Action, ActionBody, ActionKind } from '../poll/action.ts';

/** What actions have in common that must not run side by side: the node, the pod or the object that they are about. */
export type Lane = string;

/** The kinds that change nothing: nobody has to wait for them. */
const READS: ReadonlySet<ActionKind> = new Set(['checkNodeDeleted', 'checkNodeStatus', 'disconnectCluster']);

/** Which lane an action belongs to; undefined: it is in nobody's way. Names of nodes are compared as Kubernetes writes them. */
export function laneOf(body: ActionBody): Lane | undefined {
  switch (body.kind) {
    case 'drainNode':
    case 'deleteNode':
    case 'patchNode':
    case 'checkNodeDeleted':
    case 'checkNodeStatus':
      return `nodes/${body.node.name}`;
    case 'evictPod':
      return `objects//pods/${body.namespace}/${body.name}`;
    case 'patch':
    case 'create':
    case 'delete': {
      // Without the version: the same object is served in several.
      const { group, resource, namespace, name } = body.object;
      return `objects/${group}/${resource}/${namespace}/${name}`;
    }
    case 'createEvent':
    case 'disconnectCluster':
      return undefined;
  }
}

/** Whether an action only looks. */
export function isRead({ body }: Pick<Action, 'body'>): boolean {
  return READS.has(body.kind);
}

/** Orders actions as the platform made them; those that it made at once, or without a time, by their ids, so that the order is the same each time. */
export function inOrder(a: Pick<Action, 'id' | 'createdAtMs'>, b: Pick<Action, 'id' | 'createdAtMs'>): number {
  return (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0) || compareText(a.id, b.id);
}
