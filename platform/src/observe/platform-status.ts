import { HealthChecks } from '@castai/shared/http/health.ts';
import type { StatusDocument } from '@castai/shared/http/status-document.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import type { RecentProblems } from '@castai/shared/program/recent-problems.ts';
import type { PlatformConfig } from '../config.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Counters } from './counters.ts';

/** Everything that `/statusz` looks at; all of it in memory. */
export interface PlatformView {
  readonly context: Pick<ProgramContext<PlatformConfig>, 'name' | 'version' | 'startedAtMs' | 'config'>;
  readonly platform: {
    readonly counters: Counters;
    readonly databaseFile: string;
    readonly ingest: Pick<Ingest, 'settings'>;
  };
  readonly problems: Pick<RecentProblems, 'list'>;
  readonly url: string;
}

/** Readiness: nothing but its own file is needed, and that is open as soon as this can be asked. */
export function platformHealth(): HealthChecks {
  return new HealthChecks({});
}

/** What is not on the page for people: the page shows clusters, this shows the program. */
export function platformStatus({ context, platform, problems, url }: PlatformView): StatusDocument {
  const { name, version, startedAtMs, config } = context;
  const { counters, databaseFile, ingest } = platform;
  return {
    program: name,
    version,
    startedAt: new Date(startedAtMs).toISOString(),
    sections: [
      {
        title: 'Platform',
        rows: {
          page: url,
          file: config.databaseFile === undefined ? `${databaseFile} (deleted at the end)` : databaseFile,
          'heartbeat (ms)': ingest.settings.limits.heartbeatMs,
          history: ingest.settings.isRecorded,
        },
      },
      { title: 'Requests refused', rows: Object.fromEntries(counters.refusals) },
      { title: 'Entries refused', rows: Object.fromEntries(counters.rejections) },
      { title: 'Recent problems', rows: problems.list.map((problem) => ({ ...problem })) },
    ],
  };
}
