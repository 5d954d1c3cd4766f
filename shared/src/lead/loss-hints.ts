import type { LossReason } from './lease-state.ts';

/** What an operator may do about a lease that was lost, or why that needs nobody; empty: nothing has to be done. */
export const LOSS_HINTS: Record<LossReason, string> = {
  TAKEN: '',
  DELETED: 'nobody has to delete it; the replicas make another one',
  NOT_RENEWED: 'the API server did not take a renewal for ten seconds',
  GIVEN_BACK:
    'it could not do its work; another replica may, and this one stands again after the duration of the lease',
};
