import type { StopSignals } from '@castai/shared/program/lifecycle.ts';
import type { Leadership, LeadershipStatus } from './leadership.ts';

/** Without an election: one term for the whole life. The platform's epoch still fences a second agent. */
export class SoleAgent implements Leadership {
  readonly status: LeadershipStatus = { role: 'leader', holder: '', transitions: 0, problem: '' };
  readonly evidence = undefined;

  isHeld(): boolean {
    return true;
  }

  prove(): undefined {
    return undefined;
  }

  async run(_signals: StopSignals, work: (term: AbortSignal) => Promise<void>): Promise<void> {
    await work(new AbortController().signal);
  }
}
