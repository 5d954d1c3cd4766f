import { createLogger } from '@castai/shared/log/logger.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { expect, it } from 'vitest';
import { EvictorObserver } from './evictor-observer.ts';

const AWAY = { kind: 'UNAVAILABLE', detail: 'HTTP 503' } as const;

it('a report that was under way when the term ended, and was refused then, is nothing of the next term', () => {
  const clock = new ManualClock();
  const logger = createLogger({ level: 'error', name: 'test', clock, destination: { write: () => undefined } });
  const observer = new EvictorObserver({ logger, verdict: { count: () => undefined }, onBroken: () => undefined });
  observer.onLost('NOT_RENEWED');
  observer.onReportRefused(AWAY);
  observer.onLead(2);
  expect(observer.report).toBe(undefined);
  observer.onReportRefused(AWAY);
  expect(observer.report).toBe(AWAY);
});
