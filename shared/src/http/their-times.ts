import type { TheirTime } from '../verdict/clock-trouble.ts';
import type { TheirClock } from './their-clock.ts';

/** Somebody who answers. */
export interface Partner {
  readonly address: string;
  readonly theirClock: Pick<TheirClock, 'aheadMs' | 'lastAheadMs'>;
}

/** Whom a program talks to. */
export interface Partners {
  readonly apiServer: Partner | undefined;
  /** Undefined where none is configured. */
  readonly platform: Partner | undefined;
}

/** What the clocks of both say of ours: as far as it is certain, or, for a doctor, by the `last` answer alone. */
export function theirTimes({ apiServer, platform }: Partners, by: 'certain' | 'last' = 'certain'): TheirTime[] {
  const told = ({ theirClock }: Partner): number | undefined =>
    by === 'certain' ? theirClock.aheadMs : theirClock.lastAheadMs;
  const time = (whose: string, partner: Partner | undefined): TheirTime[] =>
    partner === undefined ? [] : [{ whose, address: partner.address, aheadMs: told(partner) }];
  return [...time('the API server', apiServer), ...time('the platform', platform)];
}
