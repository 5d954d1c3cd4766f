import type { DeliveryPhase } from '../delivery.ts';
import type { DeltasState } from './deltas-signals.ts';

/** What each phase is called outside. */
export const PHASES: Readonly<Record<DeltasState['phase'], DeliveryPhase>> = {
  closed: 'closed',
  registering: 'registering',
  pausing: 'pausing',
  doubting: 'pausing',
  streaming: 'sending',
  ready: 'ready',
  sending: 'sending',
  holding: 'holding',
};
