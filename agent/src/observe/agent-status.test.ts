import { describe, expect, it } from 'vitest';
import type { Outbox } from '../batch/outbox.ts';
import type { AgentConfig } from '../config.ts';
import type { DeliveryStatus } from '../deliver/delivery.ts';
import type { RegistrarStatus } from '../identity/registrar.ts';
import type { LeadershipStatus } from '@castai/shared/lead/leadership.ts';
import type { FeedStatus } from '../feeds/supervised-feed.ts';
import type { Supervisor } from '../feeds/supervisor.ts';
import type { AgentObserver } from './agent-observer.ts';
import type { Verdict } from '@castai/shared/verdict/verdict.ts';
import { agentHealth, agentStatus, type AgentView } from './agent-status.ts';

const NOW_MS = 1_000_000;
const WELL: DeliveryStatus = {
  phase: 'ready',
  clusterId: 'c-1',
  epoch: 3,
  lastAckAtMs: NOW_MS - 5_000,
  heartbeatMs: 15_000,
  nextAttemptAtMs: undefined,
  lastVerdict: undefined,
};
const feed = (name: string, phase: FeedStatus['phase'], state: string): FeedStatus => ({
  feed: name,
  phase,
  state,
  position: '',
  restarts: 0,
  lastRestart: '',
  lastEventAt: '',
});

const REGISTERED: RegistrarStatus = {
  stage: 'done',
  attempts: 0,
  lastError: '',
  identity: {
    clusterId: 'c-1',
    organizationId: 'o-1',
    provider: 'anywhere',
    reasons: ['no node is of AKS, EKS or GKE', 'the uid of kube-system is the identity'],
  },
};

const VERDICT: Verdict = {
  state: 'ok',
  since: '2026-11-21T06:00:00.000Z',
  cause: '',
  why: '',
  address: '',
  cure: '',
  runbook: '',
  others: 0,
};

interface Situation {
  readonly delivery?: Partial<DeliveryStatus>;
  readonly feeds?: readonly FeedStatus[];
  readonly election?: Partial<LeadershipStatus>;
  readonly registrar?: Partial<RegistrarStatus>;
  readonly isClusterKnown?: boolean;
  readonly keyProblem?: string;
}

/** An agent as far as its pages look at it; all is well unless told. */
function view(situation: Situation = {}): AgentView {
  const { feeds = [feed('pods', 'live', 'SYNCED')], isClusterKnown = true, keyProblem } = situation;
  return {
    config: { apiUrl: new URL('https://platform.example.com'), pendingLimitBytes: 1024 } as AgentConfig,
    version: '1.2.3',
    instanceId: 'i-1',
    startedAtMs: 0,
    clock: { monotonicMs: () => NOW_MS },
    outbox: { pendingBytes: 7, pendingCount: 1 } as Outbox,
    supervisor: { status: feeds } as Supervisor,
    leadership: { status: { role: 'leader', holder: 'i-1', transitions: 1, problem: '', ...situation.election } },
    delivery: { status: { ...WELL, ...situation.delivery } },
    registrar: { status: { ...REGISTERED, ...situation.registrar } },
    observer: { problems: [] } as unknown as AgentObserver,
    kube: { server: new URL('https://10.0.0.1'), theirClock: { aheadMs: 0, lastAheadMs: 0 } },
    verdict: { verdict: VERDICT, problems: [] },
    facts: () => (isClusterKnown ? { clusterUid: 'u-1', kubernetesVersion: 'v1.36.0' } : undefined),
    platform: {
      apiKey: { problem: keyProblem === undefined ? undefined : new Error(keyProblem) },
    } as AgentView['platform'],
  };
}

describe('readiness', () => {
  const f = (situation: Situation, expected: readonly string[]): void => {
    expect(agentHealth(view(situation)).readiness()).toEqual({ ready: expected.length === 0, reasons: expected });
  };
  const refused = { kind: 'REJECTED', byPlatform: true, detail: 'HTTP 422 INVALID: no', hint: 'ask' } as const;

  it('is given when the platform confirms batches and every feed is there', () => {
    f({}, []);
    // One that is listed again was complete before.
    f({ feeds: [feed('podmetrics', 'pausing', 'SYNCED')] }, []);
  });

  it('waits until the platform has confirmed the end of a snapshot: handed in is not there', () => {
    f({ feeds: [feed('pods', 'live', 'CONFIRMING'), feed('podmetrics', 'pausing', 'CONFIRMING')] }, [
      'feeds: 2 feeds are not complete: pods, podmetrics',
    ]);
  });

  it('waits for the API server and the key', () => {
    f({ isClusterKnown: false }, ['cluster: the API server has not been read yet; see /statusz']);
    f({ keyProblem: 'the key file is empty' }, ['key: the key file is empty']);
  });

  it('quotes the platform, with what to do, while it takes nothing', () => {
    f({ delivery: { phase: 'holding', lastVerdict: refused } }, ['platform: holding: HTTP 422 INVALID: no; ask']);
    const away = { kind: 'UNAVAILABLE', detail: 'HTTP 503' } as const;
    f({ delivery: { phase: 'sending', lastVerdict: away } }, ['platform: holding: HTTP 503']);
    // Half of a batch is sent without the entry that is to blame.
    f({ delivery: { phase: 'sending', lastVerdict: refused } }, []);
    f({ delivery: { phase: 'pausing', lastVerdict: refused } }, ['platform: pausing: HTTP 422 INVALID: no; ask']);
    f({ delivery: { phase: 'fenced' } }, ['platform: another agent sends for this cluster']);
    f({ delivery: { phase: 'registering' }, registrar: { stage: 'registering', lastError: 'HTTP 401' } }, [
      'platform: registering: HTTP 401',
    ]);
    f({ delivery: { lastAckAtMs: undefined } }, ['platform: no batch was confirmed yet']);
    const transfer = { startedAtMs: NOW_MS - 100_000, bytes: 6_400_000, waitedMs: 90_000 };
    f({ delivery: { phase: 'sending', lastAckAtMs: undefined, transfer } }, [
      'platform: no batch was confirmed yet: a full snapshot is taken at 64 kB/s: 6.4 MB in 100 s',
    ]);
    f({ delivery: { phase: 'sending', lastAckAtMs: NOW_MS - 90_000, takenAtMs: NOW_MS - 5_000, transfer } }, []);
    f({ delivery: { lastAckAtMs: NOW_MS - 400_000, heartbeatMs: 100_000 } }, []);
    f({ delivery: { phase: 'sending', lastAckAtMs: NOW_MS - 61_000 } }, [
      'platform: the last batch was confirmed 61 s ago',
    ]);
  });

  it('names feeds that are not complete, but only while a session could complete them', () => {
    const feeds = [feed('pods', 'listing', ''), feed('nodes', 'live', 'SYNCED'), feed('events', 'queued', '')];
    f({ feeds }, ['feeds: 2 feeds are not complete: pods, events']);
    f({ feeds, delivery: { phase: 'opening' } }, ['platform: opening']);
  });

  it('does not wait for what time alone does not cure: no permission, no such resource, a feed that the platform refuses', () => {
    f(
      {
        feeds: [
          feed('roles', 'forbidden', 'FORBIDDEN'),
          feed('widgets', 'absent', 'ABSENT'),
          feed('jobs', 'refused', 'REFUSED'),
        ],
      },
      [],
    );
  });

  it('does not wait for a feed that fails again and again because of somebody else, once the platform was told so', () => {
    const pods = feed('pods', 'live', 'SYNCED');
    const pools = (state: string, restarts: number): FeedStatus => ({
      ...feed('nodepools', 'pausing', state),
      restarts,
    });
    f({ feeds: [pods, pools('DEGRADED: KUBE_SERVER_ERROR', 5)] }, []);
    f({ feeds: [pods, pools('DEGRADED: KUBE_SERVER_ERROR', 4)] }, ['feeds: 1 feeds are not complete: nodepools']);
    f({ feeds: [pods, pools('', 5)] }, ['feeds: 1 feeds are not complete: nodepools']);
  });

  it('waits for nodes and pods whatever happens to them, because there is no picture without them', () => {
    const nodes = { ...feed('nodes', 'pausing', 'DEGRADED: KUBE_SERVER_ERROR'), restarts: 50 };
    f({ feeds: [nodes, feed('pods', 'unknown', 'UNKNOWN')] }, ['feeds: 2 feeds are not complete: nodes, pods']);
    f({ feeds: [feed('widgets', 'unknown', 'UNKNOWN')] }, []);
  });

  it('of a standby is that it could take over', () => {
    const election = { role: 'standby' } as const;
    const idle = { delivery: { phase: 'closed' as const }, feeds: [feed('pods', 'served', 'SERVED')] };
    f({ ...idle, election }, []);
    f({ ...idle, election, registrar: { stage: 'identifying', lastError: '' } }, ['platform: registering']);
    f({ ...idle, election: { ...election, problem: 'HTTP 403' } }, [
      'platform: standing by, and the lease cannot be used: HTTP 403',
    ]);
  });
});

describe('/statusz', () => {
  const section = (situation: Situation, title: string): unknown =>
    agentStatus(view(situation)).sections.find((one) => one.title === title)?.rows;

  it('tells which cluster it is and how it was found out, or how far that is', () => {
    const known = { clusterUid: 'u-1', kubernetes: 'v1.36.0', instance: 'i-1' };
    expect(section({}, 'Cluster')).toEqual({
      ...known,
      clusterId: 'c-1',
      provider: 'anywhere',
      'recognised by': 'no node is of AKS, EKS or GKE; the uid of kube-system is the identity',
      registration: 'done',
      'registration failures': 0,
      'last registration failure': '',
    });
    const registrar = { stage: 'registering', attempts: 1, lastError: '503; wait', identity: undefined } as const;
    expect(section({ registrar }, 'Cluster')).toEqual({
      ...known,
      clusterId: '',
      provider: '',
      'recognised by': '',
      registration: 'registering',
      'registration failures': 1,
      'last registration failure': '503; wait',
    });
  });

  it('tells how delivery stands, in seconds from now', () => {
    const lastVerdict = { kind: 'UNAVAILABLE', detail: 'HTTP 503' } as const;
    expect(
      section({ delivery: { phase: 'holding', nextAttemptAtMs: NOW_MS + 12_000, lastVerdict } }, 'Delivery'),
    ).toEqual({
      platform: 'https://platform.example.com/',
      session: 'holding',
      epoch: 3,
      'last confirmed': '5 s ago',
      'last refusal': 'UNAVAILABLE: HTTP 503',
      'what to do': '',
      'next attempt': 'in 12 s',
    });
    expect(section({ delivery: { lastAckAtMs: undefined } }, 'Delivery')).toMatchObject({
      'last confirmed': 'never',
      'next attempt': '',
    });
  });

  it('keeps feeds that the cluster does not serve out of the table', () => {
    const feeds = [
      feed('pods', 'live', 'SYNCED'),
      feed('widgets', 'absent', 'ABSENT'),
      feed('gadgets', 'absent', 'ABSENT'),
    ];
    expect(section({ feeds }, 'Feeds')).toMatchObject([{ feed: 'pods', state: 'SYNCED' }]);
    expect(section({ feeds }, 'Not served by this cluster')).toEqual({ feeds: 'widgets, gadgets' });
  });
});
