import type { AgentReport } from '../front/agent-api.ts';
import type { PageNote } from './ingest-notes.ts';
import { describeOrigin } from '../origin/origin.ts';
import { describeInitData } from './describe-init-data.ts';
import { describeInterruption } from './describe-interruption.ts';

/** What the page tells of a report, if it is one of those that a person wants to see. */
export function reportNote(report: AgentReport): PageNote | undefined {
  switch (report.kind) {
    case 'initData':
      return {
        tone: 'good',
        kind: 'init data',
        text: `${describeInitData(report.body)}; ${describeOrigin(report.origin)}`,
      };
    case 'event':
      return {
        tone: 'warn',
        kind: 'interruption',
        text: `${describeInterruption(report.body)}; ${describeOrigin(report.origin)}`,
      };
    case 'evictor':
    case 'log':
    case 'telemetry':
      return undefined;
  }
}
