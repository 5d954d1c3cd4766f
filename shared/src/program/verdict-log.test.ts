import { expect, it } from 'vitest';
import type { LogFields } from '../log/logger.ts';
import type { Problem, Trouble } from '../verdict/problem.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { VerdictLog } from './verdict-log.ts';

const platform: Trouble = {
  cause: 'platform',
  severity: 'blocked',
  why: 'connect ECONNREFUSED 10.0.0.9:443',
  address: 'https://api.example/',
  cure: 'check host and port',
  runbook: 'monitoring/runbooks/CastaiSnapshotsNotReceived.md',
  subjects: [],
};
const ended: Problem = {
  ...platform,
  since: '2026-11-21T06:00:00.000Z',
  endedAt: '2026-11-21T06:01:11.000Z',
  durationMs: 71_000,
  count: 13,
};
const ok: Verdict = {
  state: 'ok',
  since: '2026-11-21T06:01:11.000Z',
  cause: '',
  why: '',
  address: '',
  cure: '',
  runbook: '',
  others: 0,
};

function start() {
  const lines: [string, string, LogFields | undefined][] = [];
  const logger = {
    info: (message: string, fields?: LogFields) => void lines.push(['info', message, fields]),
    warn: (message: string, fields?: LogFields) => void lines.push(['warn', message, fields]),
  };
  const log = new VerdictLog({
    logger,
    amounts: ({ cause }) => (cause === 'platform' ? '204 changes had waited' : ''),
  });
  return { lines, log };
}

it('an outage is one line when it begins and one when it ends, with what to do, how long it took and what had waited', () => {
  const { lines, log } = start();
  log.onProblemBegan(platform);
  log.onProblemEnded(ended, ok);
  expect(lines).toEqual([
    [
      'warn',
      'blocked: nothing is delivered to the platform (https://api.example/): connect ECONNREFUSED 10.0.0.9:443; check host and port',
      { check: 'platform', runbook: 'monitoring/runbooks/CastaiSnapshotsNotReceived.md' },
    ],
    [
      'info',
      'delivery works again after 71 s, 13 times, 204 changes had waited',
      { check: 'platform', durationMs: 71_000 },
    ],
  ]);
});

it('an end tells what is still wrong, and a beginning how many parts it concerns', () => {
  const { lines, log } = start();
  const feeds = {
    ...platform,
    cause: 'feeds',
    address: '',
    cure: '',
    runbook: '',
    subjects: ['pods', 'jobs'],
  } as const;
  log.onProblemBegan(feeds);
  log.onProblemEnded({ ...ended, ...feeds, count: 1 }, { ...ok, state: 'degraded', cause: 'memory' });
  expect(lines).toEqual([
    ['warn', 'blocked: some kinds may not be read: connect ECONNREFUSED 10.0.0.9:443', { check: 'feeds', count: 2 }],
    [
      'info',
      'all kinds may be read that are wanted after 71 s; still degraded: memory',
      { check: 'feeds', durationMs: 71_000 },
    ],
  ]);
});

it('a start is one line when it is done, and certificates are told by whoever reads them', () => {
  const { lines, log } = start();
  log.onProblemBegan({ ...platform, cause: 'starting' });
  log.onProblemEnded({ ...ended, cause: 'starting', durationMs: 900 }, ok);
  log.onProblemBegan({ ...platform, cause: 'trust' });
  log.onProblemEnded({ ...ended, cause: 'trust' }, ok);
  expect(lines).toEqual([['info', 'works after 0.9 s', { check: 'starting', durationMs: 900 }]]);
});
