import type { Clock } from '@castai/shared/async/clock.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import type { AgentMetrics } from './agent-metrics.ts';
import type { AgentNotes } from './agent-notes.ts';

/** Where what happens is told. */
export interface TellerMeans {
  readonly metrics: AgentMetrics;
  readonly logger: Logger;
  readonly notes: AgentNotes;
  readonly clock: Pick<Clock, 'now'>;
  /** A bug was met: the program cannot go on as it is. */
  readonly onBroken: (error: unknown) => void;
}

/** Lines about the same trouble: once a minute is enough to follow it. */
export const QUIET_MS = 60_000;
