/** What to do when the API server does not allow the lease. */
export const LEASE_RIGHTS_HINT =
  'grant create on leases and get and patch on this one in the own namespace; a single controller does without: LEADER_ELECTION=false';
