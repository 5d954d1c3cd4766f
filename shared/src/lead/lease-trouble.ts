import { isOfServer } from '../kube/server-trouble.ts';
import { PLAIN } from '../verdict/common-troubles.ts';
import type { Trouble } from '../verdict/problem.ts';
import type { Said } from '../verdict/said.ts';
import type { LeadershipStatus } from './leadership.ts';

/** How an election goes, and what was heard of it last. */
export interface ElectionSaid {
  readonly leadership: Pick<LeadershipStatus, 'problem'>;
  /** Counts only while the election says that it has a problem. */
  readonly said: Said | undefined;
}

/** What the lease told of the API server as a whole; undefined: nothing. */
export function serverSaidByLease({ leadership, said }: ElectionSaid): Said | undefined {
  return leadership.problem !== '' && isOfServer(said?.code) ? said : undefined;
}

/** The trouble of a lease that cannot be used, where it is no trouble of the API server as a whole. `address`, `runbook`: as in it. */
export function leaseTrouble(
  { leadership, said }: ElectionSaid,
  { address, runbook }: Pick<Trouble, 'address' | 'runbook'>,
): Trouble | undefined {
  if (leadership.problem === '' || said === undefined) return undefined;
  return { ...PLAIN, cause: 'lease', severity: 'blocked', why: said.message, address, cure: said.hint, runbook };
}
