import { Turns } from '@castai/shared/async/turns.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';

/**
 * So many reads, and beside them so many writes, are under way at once, whatever is asked for. Two hundred drains ask for eight pods each: each
 * request on a connection of its own was a thousand handshakes, none of which ended before its time was over, and after that they were made anew.
 */
const AT_ONCE = 16;

/** A client for reading what actions are about. Leases and records do not stand in this line: what is under way depends on them. */
export function readsInTurn(client: Pick<KubeClient, 'get'>): Pick<KubeClient, 'get'> {
  const turns = new Turns(AT_ONCE);
  return { get: async (path, signal) => turns.run(() => client.get(path, signal), signal) };
}

/** What of a client changes a cluster. */
export type Writes = Pick<KubeClient, 'patch' | 'create' | 'delete'>;

/** A client for changing what actions are about. What has to hold when a change is sent is asked by `client`, when its turn has come. */
export function writesInTurn(client: Writes): Writes {
  const turns = new Turns(AT_ONCE);
  return {
    patch: async (path, patch, signal) => turns.run(() => client.patch(path, patch, signal), signal),
    create: async (path, body, signal) => turns.run(() => client.create(path, body, signal), signal),
    delete: async (path, options, signal) => turns.run(() => client.delete(path, options, signal), signal),
  };
}
