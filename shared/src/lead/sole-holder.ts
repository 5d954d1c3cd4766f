import type { StopSignals } from '../program/lifecycle.ts';
import type { Leadership, LeadershipStatus } from './leadership.ts';

/** Without an election: one term for the whole life. Whoever is told what a program does has to fence a second one itself. */
export class SoleHolder implements Leadership {
  readonly status: LeadershipStatus = { role: 'leader', holder: '', transitions: 0, problem: '' };
  readonly evidence = undefined;

  isHeld(): boolean {
    return true;
  }

  challenge(): undefined {
    return undefined;
  }

  giveBack(): boolean {
    return false;
  }

  async run(_signals: StopSignals, work: (term: AbortSignal) => Promise<void>): Promise<void> {
    await work(new AbortController().signal);
  }
}
