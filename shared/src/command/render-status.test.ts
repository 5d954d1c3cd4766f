import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { StatusDocument } from '../http/status-document.ts';
import type { ProgramStatus } from './parse-status.ts';
import { renderStatus, stateOf } from './render-status.ts';

const NOW = Date.UTC(2026, 10, 29, 12, 0, 0);
const PIPE = { isTerminal: false, columns: undefined, hasColour: false };

const VERDICT = {
  state: 'blocked',
  since: '2026-11-29T11:57:32.000Z',
  cause: 'api-server',
  why: 'connect ECONNREFUSED 10.0.0.1:443',
  address: 'https://10.0.0.1:443',
  cure: 'check host and port',
  runbook: 'docs/runbooks/CastaiAgentFeedNotSynced.md',
  others: 1,
} as const;
const OPEN = {
  cause: 'api-server',
  severity: 'blocked',
  why: 'connect ECONNREFUSED 10.0.0.1:443',
  address: 'https://10.0.0.1:443',
  cure: 'check host and port',
  runbook: '',
  subjects: ['pods', 'nodes', 'jobs.batch', 'events/oom'],
  since: '2026-11-29T11:57:32.000Z',
  durationMs: 148_000,
  count: 33,
} as const;
const OVER = {
  ...OPEN,
  cause: 'platform',
  why: 'no answer',
  subjects: [],
  since: '2026-11-29T10:00:00.000Z',
  endedAt: '2026-11-29T10:01:11.000Z',
  durationMs: 71_000,
  count: 1,
} as const;

const feeds = Array.from({ length: 31 }, (_, index) => ({ feed: `feed-${String(index)}`, phase: 'live', reason: '' }));
const DOCUMENT: StatusDocument = {
  program: 'castai-agent',
  version: '1.2.3',
  startedAt: '2026-11-29T09:00:00.000Z',
  verdict: VERDICT,
  problems: [OPEN, OVER],
  sections: [
    { title: 'Cluster', rows: { clusterId: 'c-1', provider: '', 'registration failures': 0 } },
    { title: 'Feeds', rows: [...feeds, { feed: 'pods', phase: 'forbidden', reason: 'no right' }] },
    { title: 'Nothing', rows: [] },
  ],
};
const STATUS: ProgramStatus = { document: DOCUMENT, isReady: false, reasons: ['platform: registering'] };

describe('one screen', () => {
  it('begins with the verdict, its reason and its cure', () => {
    expect(renderStatus(STATUS, NOW, PIPE))
      .toBe(`✗ blocked for 2 min 28 s, since 2026-11-29T11:57:32.000Z: connect ECONNREFUSED 10.0.0.1:443
  check      api-server
  address    https://10.0.0.1:443
  do         check host and port
  runbook    docs/runbooks/CastaiAgentFeedNotSynced.md
  not ready  platform: registering
  besides    1 more problem, below
  castai-agent 1.2.3, up 3 h

Problems
✗ api-server (4: pods, nodes, jobs.batch …): connect ECONNREFUSED 10.0.0.1:443, for 2 min 28 s, since 2026-11-29T11:57:32.000Z, 33 times
  → check host and port
· platform: no answer, ended after 71 s

Cluster
  cluster id             c-1
  registration failures  0

Feeds
  31 live, 1 forbidden
  pods  phase=forbidden  reason=no right
`);
  });

  it('of a program that is well is short', () => {
    const verdict = {
      ...VERDICT,
      state: 'ok',
      cause: '',
      why: '',
      address: '',
      cure: '',
      runbook: '',
      others: 0,
    } as const;
    const document = { ...DOCUMENT, verdict, problems: [], sections: [] };
    expect(renderStatus({ document, isReady: true, reasons: [] }, NOW, PIPE)).toBe(
      '✓ ok for 2 min 28 s, since 2026-11-29T11:57:32.000Z\n  castai-agent 1.2.3, up 3 h\n',
    );
  });

  it('of a program without a verdict goes by its readiness', () => {
    const { verdict: _, problems: __, ...document } = { ...DOCUMENT, sections: [] };
    const status = { document, isReady: false, reasons: ['key: unreadable', 'lease: lost'] };
    expect(renderStatus(status, NOW, PIPE)).toBe(
      '! degraded: key: unreadable\n  and  lease: lost\n  castai-agent 1.2.3, up 3 h\n',
    );
    expect([stateOf(status), stateOf({ ...status, isReady: true })]).toEqual(['degraded', 'ok']);
  });

  it('fits terminals of 60, 80 and 200 columns, and is cut nowhere but in tables', () => {
    const rows = [{ feed: 'x'.repeat(150), phase: 'forbidden' }];
    const long = 'a name of nobody that is longer than any column of names could be, in a document of a later version';
    const wide = { title: long, rows: { [long]: long } };
    const document = {
      ...DOCUMENT,
      version: `1.2.3-${'x'.repeat(60)}`,
      sections: [...DOCUMENT.sections, wide, { title: 'Wide', rows }],
    };
    for (const columns of [60, 80, 200]) {
      const text = renderStatus({ ...STATUS, document }, NOW, { isTerminal: true, columns, hasColour: true });
      const lines = stripVTControlCharacters(text).split('\n');
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
      expect(lines.join('').replaceAll(/\s+/gu, '')).toContain('docs/runbooks/CastaiAgentFeedNotSynced.md');
    }
  });

  it('never breaks an id in two where a line of its own has room for it', () => {
    const id = '78d3b6df-0736-4cfb-a633-0a2da08dc207';
    const rows = { clusterId: id, 'last registration failure': 'none' };
    const document = { ...DOCUMENT, sections: [{ title: 'Cluster', rows }] };
    const text = renderStatus({ ...STATUS, document }, NOW, { isTerminal: true, columns: 60, hasColour: false });
    expect(text).toContain(`  cluster id\n    ${id}\n  last registration failure  none\n`);
  });

  it('obeys nothing of what it quotes', () => {
    const document = { ...DOCUMENT, sections: [{ title: 'A', rows: { who: 'x\u001b[2J\ny\u202e' } }] };
    expect(renderStatus({ ...STATUS, document }, NOW, PIPE)).toContain('who  x\\u001b[2J y\\u202e\n');
  });
});
