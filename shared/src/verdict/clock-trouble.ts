import { PLAIN } from './common-troubles.ts';
import { describeDuration } from './describe-duration.ts';
import type { Trouble } from './problem.ts';

/** What one other clock says of ours. */
export interface TheirTime {
  /** Whose it is, for people: `the API server`. */
  readonly whose: string;
  /** Where that is. */
  readonly address: string;
  /** By how many milliseconds ours is ahead, negative: behind; 0: they agree; undefined: it is not known. */
  readonly aheadMs: number | undefined;
}

/** As the alert of the spot handler has it: more than a busy machine and a bad time service make of it. */
export const CLOCK_LIMIT_MS = 30_000;

const CURE = 'look at the time service of this machine (chrony, systemd-timesyncd)';

/**
 * Our clock is not that of others; undefined: nobody says so. Work goes on, because durations go by another clock; what breaks is what others
 * judge by the time: certificates count as expired or not yet valid, tokens as well, sealed data as replayed, and times in logs mislead.
 *
 * While another one agrees with us it may as well be theirs that is off, or those of the whole cluster: it is said then who says what.
 */
export function clockTrouble(others: readonly TheirTime[], runbook = ''): Trouble | undefined {
  const [first] = others.filter(isOff);
  if (first === undefined) return undefined;
  const { address } = first;
  const [why, cure] = [describeClocks(others), clockCure(others)];
  return { ...PLAIN, cause: 'clock', severity: 'degraded', why, address, cure, runbook };
}

/** What others say of our clock, in one line; those that say nothing are left out. */
export function describeClocks(others: readonly TheirTime[]): string {
  const off = others.filter(isOff).map(({ whose, aheadMs = 0 }) => {
    const amount = describeDuration(Math.abs(aheadMs));
    return `${amount} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${whose}`;
  });
  const right = others.filter(isRight).map(({ whose }) => `as that of ${whose}`);
  return `the clock of this machine is ${[...off, ...right].join(', and ')}`;
}

/** What to do about it: whoever alone says so may be the one that is off. */
export function clockCure(others: readonly TheirTime[]): string {
  const right = others.filter(isRight).map(({ whose }) => whose);
  if (right.length === 0) return CURE;
  const off = others.filter(isOff).map(({ whose }) => whose);
  return `${CURE}, at that of ${right.join(' and ')}, then at that of ${off.join(' and ')}: one of them is off`;
}

/** As far as single answers are to be believed: what is within the limit agrees. */
export function withinLimit(aheadMs: number): number {
  return Math.abs(aheadMs) <= CLOCK_LIMIT_MS ? 0 : aheadMs;
}

const isOff = ({ aheadMs = 0 }: TheirTime): boolean => aheadMs !== 0;
const isRight = ({ aheadMs }: TheirTime): boolean => aheadMs === 0;
