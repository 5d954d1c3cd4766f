import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { describe, expect, it } from 'vitest';
import { createLogger } from '@castai/shared/log/logger.ts';
import type { Trouble } from '@castai/shared/verdict/problem.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { AgentMetrics } from './agent-metrics.ts';
import { AgentObserver } from './agent-observer.ts';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

function start() {
  const clock = new ManualClock();
  const lines: Line[] = [];
  const broken: unknown[] = [];
  const metrics = new AgentMetrics({ version: '1.2.3', clock });
  const told: string[] = [];
  const verdict = {
    told,
    note: ({ cause, why }: Trouble) => told.push(`${cause}: ${why}`),
    count: (cause: string) => told.push(`count ${cause}`),
  };
  const observer = new AgentObserver({
    metrics,
    clock,
    verdict,
    logger: createLogger({
      level: 'info',
      name: 'test',
      clock,
      destination: { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
    }),
    onBroken: (error) => broken.push(error),
  });
  return { clock, lines, broken, observer, metrics, verdict };
}

const away: Verdict = { kind: 'UNAVAILABLE', detail: 'HTTP 503', hint: 'wait' };

describe('the log', () => {
  it('has no line of an attempt that fails: what lasts is told by the verdict, which counts them', async () => {
    const { clock, lines, observer, verdict } = start();
    observer.delivery.onRefused(away, 'holding', 500);
    await clock.advance(1_000);
    observer.delivery.onRefused(away, 'holding', 1_000);
    observer.identity.onRegistrationRefused({ kind: 'UNAUTHORIZED', detail: 'HTTP 401', keyChanged: false });
    observer.feeds.onFailure('pods', new KubeError('KUBE_UNREACHABLE', 'nobody answers'));
    observer.delivery.onConfirmed(1, 1);
    expect(lines).toEqual([]);
    expect(verdict.told).toEqual(['count platform', 'count platform', 'count api-key']);
    expect(observer.heard.feeds.get('pods')).toEqual({ code: 'KUBE_UNREACHABLE', message: 'nobody answers', hint: '' });
    expect(observer.heard.registration).toMatchObject({ kind: 'UNAUTHORIZED' });
  });

  it('names an object that cannot be read, because nobody would find it otherwise, and counts it by reason', async () => {
    const { lines, observer, metrics } = start();
    const pod = { kind: 'Pod', namespace: 'shop', name: 'a', uid: 'u-1', resourceVersion: '7', place: 'item 1' };
    observer.feeds.onUnreadable('pods', { ...pod, reason: 'TOO_LARGE' });
    observer.feeds.onUnreadable('pods', { ...pod, name: 'b', uid: 'u-2', reason: 'TOO_LARGE' });
    observer.feeds.onUnreadable('nodes', { ...pod, kind: '', namespace: '', name: '', uid: '', reason: 'NOT_JSON' });
    expect(lines.map(({ level, feed, reason, object, uid }) => [level, feed, reason, object, uid])).toEqual([
      ['warn', 'pods', 'TOO_LARGE', 'Pod shop/a', 'u-1'],
      ['warn', 'pods', 'TOO_LARGE', 'Pod shop/b', 'u-2'],
      ['warn', 'nodes', 'NOT_JSON', '', ''],
    ]);
    expect(observer.problems.map(({ what, hint, count }) => [what, hint.split(';')[0], count])).toEqual([
      ['nodes: what cannot be read is left out: NOT_JSON', 'the latest is one that does not tell its name', 1],
      ['pods: what cannot be read is left out: TOO_LARGE', 'the latest is Pod shop/b', 2],
    ]);
    const { text } = await metrics.registry.expose();
    expect(text).toContain('castai_agent_unreadable_objects_total{reason="TOO_LARGE"} 2');
    expect(text).toContain('castai_agent_unreadable_objects_total{reason="NOT_JSON"} 1');
    expect(text).toContain('castai_agent_unreadable_objects_total{reason="KEEP_FAILED"} 0');
  });

  it('names an object that was given up by its uid, and by nothing that tells what a customer runs', () => {
    const { lines, observer } = start();
    observer.delivery.onDropped(
      {
        type: 'upsert',
        feedId: 1,
        uid: 'u-1',
        namespace: 'secret-project',
        name: 'secret-name',
        resourceVersion: '1',
        observedAtMs: 0,
        encoding: 'JSON',
        body: new Uint8Array(),
      },
      'REJECTED',
    );
    expect(lines).toMatchObject([{ level: 'error', reason: 'REJECTED', uid: 'u-1' }]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('says how the cluster was recognised, and forgets what was refused before', () => {
    const { lines, observer } = start();
    observer.identity.onRegistrationFailed({ stage: 'registering', attempts: 1, lastError: '503; wait', delayMs: 250 });
    observer.identity.onRegistrationRefused(away);
    observer.identity.onRegistered({
      clusterId: 'c-1',
      organizationId: 'o-1',
      provider: 'aks',
      reasons: ['one', 'two'],
    });
    expect(lines).toMatchObject([
      { message: 'cluster is known: one; two', clusterId: 'c-1', organizationId: 'o-1', provider: 'aks' },
    ]);
    expect(observer.heard.registration).toBeUndefined();
  });

  it('is quiet about a batch that was confirmed', () => {
    const { lines, observer } = start();
    observer.delivery.onAttempt({ verdict: 'OK', durationMs: 5, bytes: 10, entries: 1 });
    observer.delivery.onConfirmed(1, 1);
    expect(lines).toEqual([]);
  });
});

describe('what was met lately', () => {
  it('is what an operator can look at: the newest first, each with what to do', () => {
    const { observer } = start();
    observer.feeds.onAvailability('secrets', 'forbidden', '');
    observer.delivery.onRefused(away, 'holding', 500);
    observer.delivery.onRefused(away, 'holding', 500);
    observer.feeds.onSetAside('widgets', 'REJECTED');
    expect(observer.problems).toMatchObject([
      { what: 'widgets: the platform takes no object of it: REJECTED', count: 1 },
      { what: 'platform: UNAVAILABLE: HTTP 503', count: 2, hint: 'wait' },
      { what: 'no permission to read secrets', count: 1 },
    ]);
  });
});

describe('a feed that is served in a version which the agent does not know', () => {
  it('is a warning and a problem with the cure', () => {
    const { lines, observer } = start();
    const reason = 'served in v2, this agent knows v1: upgrade it';
    observer.feeds.onAvailability('nodepools.karpenter.sh', 'unsupported', reason);
    expect(lines).toMatchObject([{ level: 'warn', feed: 'nodepools.karpenter.sh', reason }]);
    expect(observer.problems).toMatchObject([{ what: `nodepools.karpenter.sh: ${reason}` }]);
  });
});

describe('a question that the API server does not answer', () => {
  it('is told with its own sentence', () => {
    const { lines, observer } = start();
    observer.feeds.onSurveyFailed(new KubeError('KUBE_UNREACHABLE', 'nobody answers', { hint: 'look' }), 'discovery');
    const what = 'the API server could not be asked what it serves';
    expect(lines).toEqual([]);
    expect(observer.problems).toMatchObject([{ what: `${what}: nobody answers`, hint: 'look' }]);
    const heard = { question: 'discovery', code: 'KUBE_UNREACHABLE', message: 'nobody answers', hint: 'look' };
    expect(observer.heard.survey).toEqual(heard);
    observer.feeds.onSurveyed();
    expect(observer.heard.survey).toBeUndefined();
  });

  it('because it refuses it is no failure: it is said what is done instead', () => {
    const { observer, verdict } = start();
    const refusal = new KubeError('KUBE_FORBIDDEN', 'the API server answered 403: no');
    observer.feeds.onSurveyFailed(refusal, 'reviews');
    observer.feeds.onSurveyFailed(refusal, 'discovery');
    const reviews = 'the API server does not review our access: each list is tried, and its own answer counts';
    const discovery =
      'the API server does not tell us what it serves: each list is tried in the versions that this agent knows';
    const why = 'the API server answered 403: no';
    expect(verdict.told).toEqual([`access-reviews: ${why}`, `discovery: ${why}`]);
    expect(observer.heard.survey).toBeUndefined();
    expect(observer.problems).toMatchObject([
      {
        what: `${discovery}: the API server answered 403: no`,
        hint: 'bind the ClusterRole system:discovery to the service account',
      },
      {
        what: `${reviews}: the API server answered 403: no`,
        hint: 'nothing, if the lists are allowed; the ClusterRole system:basic-user lets the service account ask',
      },
    ]);
  });
});

it('passes a bug on, which no stage can go on from', () => {
  const { broken, lines, observer } = start();
  const bug = new TypeError('x is not a function');
  observer.feeds.onBroken('pods', bug);
  expect(broken).toEqual([bug]);
  expect(lines).toMatchObject([{ level: 'error', feed: 'pods' }]);
});

describe('the lease', () => {
  it('says that the lease was lost or given back, and why, and lists each with what to do', () => {
    const { lines, observer } = start();
    observer.lead.onLead(3);
    observer.lead.onLost('DELETED');
    observer.lead.onUseless('NO_WATCH');
    observer.lead.onFollow('pod-b');
    expect(lines).toMatchObject([
      { level: 'info', message: 'this replica leads', transitions: 3 },
      {
        level: 'warn',
        message: 'this replica leads no more: what waits is left to the next leader',
        reason: 'DELETED',
      },
      {
        level: 'warn',
        message: 'the lease is given back: this replica is of no use as the leader',
        reason: 'NO_WATCH',
      },
      { level: 'info', message: 'another replica leads, this one stands by', holder: 'pod-b' },
    ]);
    expect(observer.problems.map(({ what, hint }) => [what, hint !== ''])).toEqual([
      ['this replica was of no use as the leader', true],
      ['the lease was lost: DELETED', true],
    ]);
  });

  it('counts a lease that cannot be read or written, and keeps what was said of it: what the rights lack before the own hint', () => {
    const { lines, observer, verdict } = start();
    const refusal = new KubeError('KUBE_FORBIDDEN', 'the API server answered 403: no', { hint: 'look' });
    observer.lead.onLeaseFailed(refusal, '');
    expect(observer.heard.lease).toEqual({ code: 'KUBE_FORBIDDEN', message: refusal.message, hint: 'look' });
    observer.lead.onLeaseFailed(refusal, 'grant it');
    expect(observer.heard.lease).toEqual({ code: 'KUBE_FORBIDDEN', message: refusal.message, hint: 'grant it' });
    expect(verdict.told).toEqual(['count lease', 'count lease']);
    expect(lines).toEqual([]);
  });
});
