/** What to do when the API server does not allow the lease. */
export const LEASE_RIGHTS_HINT =
  'grant get, create and patch on this lease in the own namespace; a single controller does without: LEADER_ELECTION=false';
