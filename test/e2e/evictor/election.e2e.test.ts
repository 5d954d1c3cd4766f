/** Two evictors that share a lease: one looks at the cluster, the other holds nothing of it, and an outage is told once. */
import { eventually } from '@castai/shared/testing/eventually.ts';
import { expect, test } from 'vitest';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { type FakeCluster, startFakeCluster } from '../../stages/agent/fake-cluster.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';

const ENTRY = sourceOf(findProgram('evictor'));
const PATIENCE_MS = 90_000;

function start(cluster: FakeCluster, podName: string): ChildProgram {
  const election = { LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system', POD_NAME: podName };
  return startProgram({
    name: podName,
    entry: ENTRY,
    env: { ADMIN_PORT: '0', CYCLE_INTERVAL: '1s', ...cluster.agentEnv, ...election },
  });
}

async function addressOf(evictor: ChildProgram): Promise<string> {
  const isStarted = ({ message }: { message: string }): boolean => message === 'evictor started';
  const { port } = await evictor.waitForJson<{ message: string; port: number }>(isStarted);
  return `http://127.0.0.1:${port}`;
}

async function untilReady(address: string): Promise<void> {
  await eventually({
    what: 'it is ready',
    look: async () => (await fetch(`${address}/readyz`)).status,
    until: (status) => status === 200,
    timeoutMs: PATIENCE_MS,
  });
}

async function statusOf(address: string) {
  const answer = await fetch(`${address}/statusz?format=json`);
  const { verdict, sections } = (await answer.json()) as {
    verdict: { state: string; cause: string };
    sections: { title: string; rows: Record<string, unknown> | unknown[] }[];
  };
  const rows = (title: string) => sections.find((section) => section.title === title)?.rows;
  return { verdict, election: rows('Election') as Record<string, unknown>, feeds: rows('Feeds') };
}

/** Since when the nodes of each pool are of different makes, as the report has it. */
async function mixedSince(address: string): Promise<Record<string, string | null>> {
  const { pools } = (await (await fetch(`${address}/report`)).json()) as {
    pools: { pool: string; mixedSince: string | null }[];
  };
  return Object.fromEntries(pools.map(({ pool, mixedSince: since }) => [pool, since]));
}

const reportStatus = async (address: string): Promise<number> => (await fetch(`${address}/report`)).status;

async function metricOf(address: string, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

test('of two one looks, the other holds nothing and is ready; when the first ends in order the second takes over at once', async () => {
  await using cluster = await startFakeCluster({ nodes: 6, pods: 40 });
  const [node] = cluster.fake.objects('nodes');
  const older = { status: { nodeInfo: { kubeletVersion: 'v1.36.9' } } };
  await cluster.client.request('PATCH', `/api/v1/nodes/${node?.metadata.name ?? ''}/status`, older);
  await using first = start(cluster, 'evictor-a');
  const one = await addressOf(first);
  await untilReady(one);
  await using second = start(cluster, 'evictor-b');
  const other = await addressOf(second);
  await untilReady(other);
  expect((await statusOf(one)).election['role']).toBe('leader');
  expect(await statusOf(other)).toMatchObject({
    verdict: { state: 'ok' },
    election: { role: 'standby', lease: 'castai-evictor', problem: '' },
    feeds: [],
  });
  expect([await reportStatus(one), await reportStatus(other)]).toEqual([200, 503]);
  expect([await metricOf(one, 'castai_evictor_nodes'), await metricOf(other, 'castai_evictor_nodes')]).toEqual([6, 0]);
  expect(await metricOf(other, 'castai_evictor_leader')).toBe(0);
  await using command = startProgram({ name: 'report', entry: ENTRY, args: ['report', '--address', other] });
  expect((await command.exit).code).toBe(1);
  expect(command.lines[0]?.text).toMatch(/^! this replica stands by and .*; evictor-a_.* leads: ask it/u);
  const { length } = cluster.fake.requests.entries().filter(({ path }) => path === '/api/v1/pods');
  const told = await mixedSince(one);
  expect(Object.values(told).filter((since) => since !== null)).not.toEqual([]);
  first.signal('SIGTERM');
  expect(await first.exit).toEqual({ code: 0, signal: null });
  const lease = cluster.fake.objects('leases.coordination.k8s.io')[0];
  expect(lease?.['spec']).toBeDefined();
  await eventually({
    what: 'the second looks',
    look: () => reportStatus(other),
    until: (status) => status === 200,
    timeoutMs: PATIENCE_MS,
  });
  expect(cluster.fake.requests.entries().filter(({ path }) => path === '/api/v1/pods').length).toBeGreaterThan(length);
  expect(await metricOf(other, 'castai_evictor_leader')).toBe(1);
  // The grace time of a pool that is uneven does not begin anew.
  expect(await mixedSince(other)).toEqual(told);
});

test('an outage of the API server is one warning when it begins and one line when it ends, and the report keeps', async () => {
  await using cluster = await startFakeCluster({ nodes: 6, pods: 40 });
  await using evictor = startProgram({
    name: 'evictor',
    entry: ENTRY,
    env: { ADMIN_PORT: '0', ...cluster.agentEnv },
  });
  const address = await addressOf(evictor);
  await untilReady(address);
  await cluster.network.set({ type: 'refuse' });
  await eventually({
    what: 'the verdict says so',
    look: async () => (await statusOf(address)).verdict,
    until: ({ state, cause }) => state === 'blocked' && cause === 'api-server',
    timeoutMs: PATIENCE_MS,
  });
  expect(await reportStatus(address)).toBe(200);
  await cluster.network.set({ type: 'pass' });
  const ended = await eventually({
    what: 'the log says that it is over',
    look: () => evictor.lines.map(({ text }) => text),
    until: (lines) => lines.some((text) => text.includes('the API server answers again after')),
    timeoutMs: PATIENCE_MS,
  });
  expect(ended.filter((text) => text.includes('"level":"warn"')).length).toBe(1);
  expect(ended.find((text) => text.includes('the API server answers again'))).toContain(
    '6 nodes and 40 pods are known',
  );
});
