import type { HostPort } from '../../view/pod-demand.ts';
import type { Mover, Rule } from '../mover.ts';

/** A port of the node can be had once for each address, and an empty address is all of them. */
export const hostPortsRule: Rule = (mover) => {
  const wanted = mover.pod.demand.hostPorts;
  if (wanted.length === 0) return undefined;
  return {
    rules: [{ code: 'host_port', lets: ({ pods }) => !pods.some(({ demand }) => clash(wanted, demand.hostPorts)) }],
    // Each of the others can take the port of one node.
    hindrance: (_places, others) => countOf(others.movers, (other) => clash(wanted, other.pod.demand.hostPorts)),
  };
};

/** How many pods these movers are together. */
export function countOf(movers: readonly Mover[], isCounted: (mover: Mover) => boolean): number {
  return movers.reduce((sum, mover) => (isCounted(mover) ? sum + mover.count : sum), 0);
}

function clash(wanted: readonly HostPort[], taken: readonly HostPort[]): boolean {
  return wanted.some((one) =>
    taken.some(
      (other) =>
        one.port === other.port &&
        one.protocol === other.protocol &&
        (one.address === other.address || one.address === '' || other.address === ''),
    ),
  );
}
