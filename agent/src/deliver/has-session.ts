import type { DeliveryPhase } from './delivery.ts';

const HAS_SESSION: Readonly<Record<DeliveryPhase, boolean>> = {
  closed: false,
  registering: false,
  opening: false,
  pausing: false,
  fenced: false,
  ready: true,
  sending: true,
  holding: true,
};

/**
 * Whether a delivery in this phase has a session, which is when feeds run. Not to be read off the number of the session: that stays when the
 * session is over, and a wire may have sessions without one.
 */
export function hasSession(phase: DeliveryPhase): boolean {
  return HAS_SESSION[phase];
}
