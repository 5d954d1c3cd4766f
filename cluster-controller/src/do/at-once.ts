import { Turns } from '@castai/shared/async/turns.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';

/**
 * So many reads, and beside them so many writes, are under way at once, whatever is asked for. Two hundred drains ask for eight pods each: each
 * request on a connection of its own was a thousand handshakes, none of which ended before its time was over, and after that they were made anew.
 */
const AT_ONCE = 16;

/** The turns of one kind of requests. */
export function requestTurns(): Turns {
  return new Turns(AT_ONCE);
}

/** A client for reading what actions are about. Leases and records do not stand in this line: what is under way depends on them. */
export function readsInTurn(client: Pick<KubeClient, 'get'>): Pick<KubeClient, 'get'> {
  const turns = requestTurns();
  return { get: async (path, signal) => turns.run(() => client.get(path, signal), signal) };
}
