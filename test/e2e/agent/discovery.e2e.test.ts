/** What an API server says of itself, or refuses to say, and what the agent makes of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';
import { startFakeStage } from '../../stages/agent/fake-stage.ts';

const HASTE = 20;
/** Bookmarks have to come twenty times as often, too, or the watchdog takes the server for dead. */
const HASTY_CLUSTER = { settings: { bookmarkMs: 1000 } } as const;

const refusal = (message: string) => ({
  type: 'respond' as const,
  status: 403,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 403, reason: 'Forbidden', message },
});

describe.concurrent('an API server that', () => {
  test('is of Kubernetes 1.28 is asked in two requests a look', async () => {
    await using stage = await startFakeStage({ cluster: { settings: { discovery: 'beta' } } });
    await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(stage.cluster.agentRequests().filter(({ path }) => /^\/apis\/[^/]+\/[^/]+$/u.test(path))).toEqual([]);
  });

  test('lets nobody ask for access reviews is read all the same, and it is said', async () => {
    await using stage = await startFakeStage();
    const { fake } = stage.cluster;
    fake.faults.add({
      match: { resource: 'selfsubjectaccessreviews' },
      action: refusal('selfsubjectaccessreviews.authorization.k8s.io is forbidden: cannot create'),
    });
    fake.access.deny({ user: AGENT, resource: 'services' });
    const agent = await stage.startReadyAgent();
    expect(await agent.feed('pods')).toMatchObject({ phase: 'live', state: 'SYNCED' });
    await eventually({
      what: 'the own 403 of a list is the answer',
      look: () => agent.feed('services'),
      until: (row) => String(row['state']).startsWith('FORBIDDEN'),
    });
    const problems = await agent.problems();
    expect(problems.filter((what) => what.includes('could not be asked'))).toEqual([]);
    expect(problems).toEqual(expect.arrayContaining([expect.stringContaining('each list is tried')]));
  });

  test('lets nobody ask what it serves is read in the versions that are known, and nothing is taken for gone', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    stage.cluster.fake.faults.add({
      match: { verb: 'get', path: '/apis', times: 100_000 },
      action: refusal('forbidden: cannot get path "/apis"'),
    });
    const agent = await stage.startReadyAgent({ haste: HASTE });
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await agent.feed('nodepools.karpenter.sh')).toMatchObject({ phase: 'live', state: 'SYNCED' });
    expect((await agent.section('Not served by this cluster'))['feeds']).toBe('');
  });

  test('is hidden behind a proxy that knows no path takes nothing of what the platform has, and it is said', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    const { fake } = stage.cluster;
    const agent = await stage.startReadyAgent({ haste: HASTE });
    const held = async (): Promise<number> => (await stage.platform.control.allObjects()).length;
    const before = await held();
    // As Go's own server says it, and with that half of all proxies; the API server says it of a group that it does not have.
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    fake.faults.add({
      match: { times: 100_000 },
      action: { type: 'respond', status: 404, headers, body: '404 page not found\n' },
    });
    fake.abortConnections();
    await eventually({
      what: 'it is said who answers',
      look: () => agent.problems(),
      until: (problems) => problems.some((what) => what.includes('something that is not the API server')),
    });
    // Two minutes of the agent's: discovery is asked more often than that.
    await sleep(120_000 / HASTE);
    expect(await held()).toBe(before);
    fake.faults.clear();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('serves a kind in a version that the agent does not know keeps its objects at the platform, and it is said', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    const { fake } = stage.cluster;
    const agent = await stage.startReadyAgent({ haste: HASTE });
    const held = async (): Promise<number> =>
      (await stage.platform.control.allObjects({ feed: 'karpenter.sh/nodepools' })).length;
    const before = await held();
    expect(before).toBeGreaterThan(0);
    const definition = 'CustomResourceDefinition';
    fake.update(
      { apiVersion: 'apiextensions.k8s.io/v1', kind: definition, name: 'nodepools.karpenter.sh' },
      (object) => {
        const spec = object['spec'] as { versions: Record<string, unknown>[] };
        const [first] = spec.versions;
        spec.versions = [
          { ...first, name: 'v2', served: true, storage: true },
          { ...first, name: 'v1', served: false, storage: false },
        ];
      },
    );
    const cure = 'served in v2, this agent knows v1, v1beta1: upgrade it';
    await eventually({
      what: 'the agent says so',
      look: () => agent.feed('nodepools.karpenter.sh'),
      until: (row) => row['phase'] === 'unsupported' && row['state'] === `DEGRADED: ${cure}`,
    });
    await eventually({
      what: 'the platform hears it',
      look: async () =>
        (await stage.platform.control.cluster(await stage.clusterId()))?.feeds.find(
          ({ group, resource }) => group === 'karpenter.sh' && resource === 'nodepools',
        ),
      until: (feed) => feed?.state === 'DEGRADED',
    });
    expect(await held()).toBe(before);
    expect(await agent.problems()).toEqual(expect.arrayContaining([`nodepools.karpenter.sh: ${cure}`]));
    expect(agent.log.some(({ level, reason }) => level === 'warn' && reason === cure)).toBe(true);
    expect((await agent.readiness()).ready).toBe(true);
  });

  test('has a kind with a broken conversion webhook does not keep the agent unready, and is quoted', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    const message =
      'conversion webhook for karpenter.sh/v1beta1, Kind=NodePool failed: Post "https://karpenter.kube-system.svc:8443/": no endpoints available for service "karpenter"';
    stage.cluster.fake.faults.add({
      match: { group: 'karpenter.sh', resource: 'nodepools' },
      action: {
        type: 'respond',
        status: 500,
        body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 500, reason: 'InternalError', message },
      },
    });
    const agent = await stage.startReadyAgent({ haste: HASTE });
    expect(await agent.feed('nodepools.karpenter.sh')).toMatchObject({ state: 'DEGRADED: KUBE_SERVER_ERROR' });
    expect(await agent.problems()).toEqual(
      expect.arrayContaining([`nodepools.karpenter.sh: KUBE_SERVER_ERROR: the API server answered 500: ${message}`]),
    );
  });
});

const AGENT = 'system:serviceaccount:castai-agent:castai-agent';
