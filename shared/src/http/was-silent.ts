import { isOverdue } from '../async/deadline.ts';
import { toNetworkFailure } from './network-error.ts';

/**
 * Whether a request ended because nothing came for too long. Where a box in between (NAT, load balancer) has lost its table, all connections
 * from before are dead, and none of them tells: one that was silent speaks for those that wait beside it.
 */
export function wasSilent(error: unknown, signal: AbortSignal): boolean {
  return isOverdue(signal) || toNetworkFailure(error, undefined).kind === 'timeout';
}
