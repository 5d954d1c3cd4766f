import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Trouble } from '@castai/shared/verdict/problem.ts';
import type { Verdict as Answer } from '@castai/shared/wire/transport.ts';
import type { FeedStatus } from '../feeds/supervised-feed.ts';
import { agentTroubles } from './agent-troubles.ts';
import type { AgentFacts } from './agent-facts.ts';
import { causeOfAnswer } from './cause-of-answer.ts';
import type { Said } from '@castai/shared/verdict/said.ts';
import { TroubleMemory } from './trouble-memory.ts';

const NOW_MS = 1_000_000;
const feed = (name: string, phase: FeedStatus['phase'], state: string): FeedStatus => ({
  feed: name,
  phase,
  state,
  position: '',
  restarts: 0,
  lastRestart: '',
  lastEventAt: '',
});
const LIVE = [feed('nodes', 'live', 'SYNCED'), feed('pods', 'live', 'SYNCED'), feed('jobs', 'live', 'SYNCED')];
const WELL: AgentFacts = {
  apiServer: 'https://10.0.0.1/',
  platform: 'https://platform.example/',
  isClusterKnown: true,
  leadership: { role: 'leader', holder: 'me', transitions: 1, problem: '' },
  registrar: { stage: 'done', lastError: '' },
  delivery: { phase: 'ready', lastVerdict: undefined, lastAckAtMs: NOW_MS - 5_000, heartbeatMs: 15_000 },
  nowMs: NOW_MS,
  key: undefined,
  pending: { bytes: 0, limit: 1_048_576 },
  feeds: LIVE,
  longUnknown: [],
  cureOf: (name) => `allow ${name}`,
  heard: new TroubleMemory(),
  times: [],
  startWaitsFor: [],
};
const heard = (more: Partial<TroubleMemory>): TroubleMemory => Object.assign(new TroubleMemory(), more);
const refused: Said = { code: 'KUBE_UNREACHABLE', message: 'the API server cannot be reached: ECONNREFUSED', hint: '' };
const broken: Said = { code: 'KUBE_SERVER_ERROR', message: 'the API server answered 500: webhook', hint: '' };
const delivery = (lastVerdict: Answer): Pick<AgentFacts, 'delivery'> => ({
  delivery: { phase: 'holding', lastVerdict, lastAckAtMs: NOW_MS - 600_000, heartbeatMs: 15_000 },
});
const away: Answer = { kind: 'UNAVAILABLE', detail: 'HTTP 503', hint: 'wait' };

/** What is said in short: cause, severity, subjects, why. */
const short = ({ cause, severity, why, subjects }: Trouble): string =>
  [cause, severity, why, ...(subjects.length === 0 ? [] : [subjects.join(' ')])].join(' | ');
const f = (more: Partial<AgentFacts>, ...expected: string[]): void =>
  expect(agentTroubles({ ...WELL, ...more }).map(short)).toEqual(expected);

describe('what is wrong with the agent', () => {
  it('is nothing when it works, stands by, lists again by itself, or meets kinds that the cluster does not serve', () => {
    f({});
    f({
      leadership: { role: 'standby', holder: 'other', transitions: 1, problem: '' },
      delivery: { phase: 'closed', lastVerdict: away, lastAckAtMs: undefined, heartbeatMs: 15_000 },
      feeds: [feed('pods', 'served', 'SERVED')],
    });
    f({ feeds: [...LIVE, feed('events', 'pausing', 'DEGRADED: KUBE_EXPIRED'), feed('widgets', 'absent', 'ABSENT')] });
    // It takes some rounds until a collection has said itself that it is not there.
    f({ feeds: [...LIVE, feed('widgets', 'unknown', 'UNKNOWN')] });
  });

  it('is the platform, its key, or another agent, in the words of its answer', () => {
    f(delivery(away), 'platform | blocked | HTTP 503');
    f(delivery({ kind: 'UNAUTHORIZED', detail: 'HTTP 401', keyChanged: false }), 'api-key | blocked | HTTP 401');
    f(delivery({ kind: 'FENCED', detail: 'epoch 2 ended' }), 'fenced | blocked | epoch 2 ended');
    f({ heard: heard({ registration: away }) }, 'platform | blocked | HTTP 503');
    f(
      { key: { code: 'CONFIG_FILE_UNREADABLE', message: 'no such file', hint: '' }, ...delivery(away) },
      'api-key | blocked | no such file',
    );
  });

  it('is the platform when nothing was confirmed for a minute and nothing says why', () => {
    const silent = {
      phase: 'sending',
      lastVerdict: undefined,
      lastAckAtMs: NOW_MS - 61_000,
      heartbeatMs: 15_000,
    } as const;
    f({ delivery: silent }, 'platform | blocked | the last batch was confirmed 61 s ago');
    // A full snapshot lasts for minutes, and bytes of it are taken.
    f({ delivery: { ...silent, takenAtMs: NOW_MS - 1_000 } });
    f({ delivery: { ...silent, lastAckAtMs: NOW_MS - 60_000 } });
    // A platform that wishes for few heartbeats is not away between two of them.
    const seldom = { ...silent, heartbeatMs: 100_000 };
    f({ delivery: { ...seldom, lastAckAtMs: NOW_MS - 400_000 } });
    f(
      { delivery: { ...seldom, lastAckAtMs: NOW_MS - 401_000 } },
      'platform | blocked | the last batch was confirmed 401 s ago',
    );
  });

  it('is the platform that reads slowly, also before it has confirmed anything', () => {
    const transfer = { startedAtMs: NOW_MS - 100_000, bytes: 6_400_000, waitedMs: 90_000 };
    const slow = {
      phase: 'sending',
      lastVerdict: undefined,
      transfer,
      takenAtMs: NOW_MS - 1_000,
      heartbeatMs: 15_000,
    } as const;
    const said = 'platform | degraded | a full snapshot is taken at 64 kB/s: 6.4 MB in 100 s';
    f({ delivery: { ...slow, lastAckAtMs: undefined } }, said);
    f({ delivery: { ...slow, lastAckAtMs: NOW_MS - 500_000 } }, said);
    f({ delivery: { ...slow, lastAckAtMs: undefined, transfer: { ...transfer, waitedMs: 10_000 } } });
    f({ delivery: { ...slow, lastAckAtMs: undefined }, leadership: { ...WELL.leadership, role: 'standby' } });
  });

  it('is the API server once, however many feeds say so, and not what follows from it', () => {
    const lagging = LIVE.map((one) => ({ ...one, state: 'DEGRADED: KUBE_UNREACHABLE' }));
    const said = heard({ feeds: new Map([['nodes', refused]]) });
    f({ feeds: lagging, heard: said }, 'api-server | blocked | ECONNREFUSED | nodes pods jobs');
    const [nodes] = lagging;
    f(
      { feeds: [...LIVE.slice(1), ...(nodes === undefined ? [] : [nodes])], heard: said },
      'api-server | degraded | ECONNREFUSED | nodes',
    );
    f(
      {
        isClusterKnown: false,
        feeds: LIVE.map(({ feed: name }) => feed(name, 'unknown', 'UNKNOWN')),
        heard: heard({ survey: { question: 'discovery', ...refused } }),
        registrar: { stage: 'identifying', lastError: 'ECONNREFUSED' },
      },
      'api-server | blocked | ECONNREFUSED',
    );
    // With an election the lease is lost with the API server, and all feeds with the lease.
    f(
      {
        leadership: { role: 'standby', holder: 'me', transitions: 1, problem: 'ECONNREFUSED' },
        feeds: [feed('pods', 'served', 'SERVED')],
        heard: heard({ lease: refused }),
      },
      'api-server | blocked | ECONNREFUSED',
    );
    // What was asked before the cluster was known is settled by that.
    f({ heard: heard({ survey: { question: 'cluster', ...refused } }) });
  });

  it('is the lease or the identity when the API server answers', () => {
    const lease: Said = { code: 'KUBE_FORBIDDEN', message: 'HTTP 403', hint: 'grant it' };
    f(
      {
        leadership: { role: 'standby', holder: '', transitions: 0, problem: 'HTTP 403' },
        heard: heard({ lease }),
        feeds: [],
      },
      'lease | blocked | HTTP 403',
    );
    f({ registrar: { stage: 'identifying', lastError: 'no node' } }, 'identity | blocked | no node');
  });

  it('is a feed that may not be read, cannot be read, or is not taken: blocked only without nodes or pods', () => {
    const forbidden = [feed('jobs', 'forbidden', 'FORBIDDEN'), feed('events', 'forbidden', 'FORBIDDEN')];
    f(
      { feeds: [...LIVE.slice(0, 2), ...forbidden] },
      'feeds | degraded | FORBIDDEN: the service account may not list and watch jobs, events (2 of 4) | jobs events',
    );
    f(
      { feeds: [feed('pods', 'forbidden', 'FORBIDDEN')] },
      'feeds | blocked | FORBIDDEN: the service account may not list and watch pods (1 of 1) | pods',
    );
    const pools = feed('nodepools', 'pausing', 'DEGRADED: KUBE_SERVER_ERROR');
    f(
      { feeds: [...LIVE, pools], heard: heard({ feeds: new Map([['nodepools', broken]]) }) },
      'feed-api | degraded | nodepools: the API server answered 500: webhook | nodepools',
    );
    f(
      { feeds: [...LIVE, feed('podmetrics', 'unknown', 'UNKNOWN')], longUnknown: ['podmetrics'] },
      'feed-api | degraded | podmetrics: the API behind it does not answer | podmetrics',
    );
    f(
      { feeds: [...LIVE, feed('jobs', 'refused', 'REFUSED')] },
      'refused-objects | degraded | the platform takes no object of jobs | jobs',
    );
  });

  it('is what waits when there is so much of it that watches are read no further', () => {
    f({ pending: { bytes: 786_431, limit: 1_048_576 } });
    f(
      { pending: { bytes: 786_432, limit: 1_048_576 } },
      'memory | degraded | 0.8 of 1.0 MiB wait to be sent: watches are read no further',
    );
  });

  it('is a clock that is not that of others, and work goes on', () => {
    const whose = { whose: 'the platform', address: 'https://platform.example/' };
    f({ times: [{ ...whose, aheadMs: 0 }] });
    f({ times: [{ ...whose, aheadMs: undefined }] });
    f(
      { times: [{ ...whose, aheadMs: 7_200_000 }] },
      'clock | degraded | the clock of this machine is 2 h ahead of that of the platform',
    );
  });

  it('is a file of certificates, and the start while it is not done', () => {
    const trust = new Map([['platform', { code: 'CONFIG_INVALID', message: 'no certificate', hint: '' } as const]]);
    f({ heard: heard({ trust }) }, 'trust | degraded | platform: no certificate | platform');
    f({ startWaitsFor: ['platform: opening', 'feeds: 3'] }, 'starting | degraded | platform: opening; feeds: 3');
  });

  it('has a cure for everything but the start, and names pages that are there', () => {
    const all = agentTroubles({
      ...WELL,
      ...delivery({ kind: 'GAP', detail: 'gap' }),
      leadership: { role: 'leader', holder: '', transitions: 0, problem: 'HTTP 403' },
      registrar: { stage: 'identifying', lastError: 'no node' },
      heard: heard({ lease: { code: 'KUBE_FORBIDDEN', message: 'HTTP 403', hint: 'grant it' } }),
      feeds: [
        feed('pods', 'forbidden', ''),
        feed('nodes', 'unsupported', 'DEGRADED: served in v9'),
        feed('jobs', 'refused', ''),
      ],
    });
    expect(all.map(({ cause }) => cause)).toEqual([
      'platform',
      'identity',
      'lease',
      'feeds',
      'feed-api',
      'refused-objects',
    ]);
    expect(all.filter(({ cure }) => cure === '')).toEqual([]);
    const root = join(import.meta.dirname, '../../..');
    expect(all.filter(({ runbook }) => !existsSync(join(root, runbook)))).toEqual([]);
  });
});

it('every answer of the platform has its cause', () => {
  const cases: Record<Answer['kind'], [Answer, string]> = {
    UNAVAILABLE: [away, 'platform'],
    NO_ANSWER: [{ kind: 'NO_ANSWER', detail: '', failure: { kind: 'dns', code: '', detail: '' } }, 'platform'],
    INTERFERENCE: [{ kind: 'INTERFERENCE', detail: '', ackMismatch: false }, 'platform'],
    UNAUTHORIZED: [{ kind: 'UNAUTHORIZED', detail: '', keyChanged: false }, 'api-key'],
    TOO_LARGE: [{ kind: 'TOO_LARGE', detail: '' }, 'platform'],
    REJECTED: [{ kind: 'REJECTED', detail: '', byPlatform: true }, 'refused-objects'],
    UNSUPPORTED_ENCODING: [{ kind: 'UNSUPPORTED_ENCODING', detail: '', byPlatform: true }, 'refused-objects'],
    FENCED: [{ kind: 'FENCED', detail: '' }, 'fenced'],
    NOT_LEADER: [{ kind: 'NOT_LEADER', detail: '' }, 'fenced'],
    GAP: [{ kind: 'GAP', detail: '' }, 'platform'],
    UNKNOWN_EPOCH: [{ kind: 'UNKNOWN_EPOCH', detail: '' }, 'platform'],
    UNKNOWN_CLUSTER: [{ kind: 'UNKNOWN_CLUSTER', detail: '' }, 'cluster-id'],
  };
  for (const [answer, expected] of Object.values(cases)) expect(causeOfAnswer(answer)).toBe(expected);
  expect(causeOfAnswer({ kind: 'REJECTED', detail: '', byPlatform: false })).toBe('platform');
  expect(causeOfAnswer({ kind: 'TOO_LARGE', detail: '', byPlatform: true })).toBe('refused-objects');
});
