/** What the agent tells by Kubernetes Events on its Deployment. */
import { expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';
import { type FakeStage, startFakeStage } from '../../stages/agent/fake-stage.ts';

const NAMESPACE = 'kube-system';
const owner = (kind: string, name: string, uid: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }],
});

/** A stage whose agents are told that they are a pod of a Deployment, which is there. */
async function startDeployed(env: Readonly<Record<string, string>> = {}): Promise<FakeStage> {
  const pod = { POD_NAME: 'castai-agent-1-x', POD_NAMESPACE: NAMESPACE };
  const stage = await startFakeStage({ env: { ...pod, ...env } });
  const { fake } = stage.cluster;
  const place = { namespace: NAMESPACE };
  const metadata = { ...place, name: 'castai-agent-1', uid: 'rs-1', ...owner('Deployment', 'castai-agent', 'd-1') };
  fake.create({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata });
  const own = { ...place, name: 'castai-agent-1-x', uid: 'p-1', ...owner('ReplicaSet', 'castai-agent-1', 'rs-1') };
  fake.create({ apiVersion: 'v1', kind: 'Pod', metadata: own });
  return stage;
}

const told = ({ cluster }: FakeStage) => {
  const all = cluster.fake.objects('events').filter((event) => event['reportingComponent'] === 'castai-agent');
  return Object.fromEntries(all.map((event) => [String(event['reason']), event]));
};

const untilTold = (stage: FakeStage, reason: string) =>
  eventually({
    what: `there is an Event ${reason}`,
    look: () => Promise.resolve(told(stage)[reason]),
    until: (event) => event !== undefined,
  });

test('the Deployment shows that the cluster is known, that delivery is lost and why, and that it is regained', async () => {
  await using stage = await startDeployed();
  await stage.startReadyAgent({ haste: 10 });
  const involved = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: NAMESPACE,
    name: 'castai-agent',
    uid: 'd-1',
  };
  expect(await untilTold(stage, 'Registered')).toMatchObject({
    metadata: { name: 'castai-agent.registered', namespace: NAMESPACE },
    involvedObject: involved,
    type: 'Normal',
    message: `the platform knows this cluster as ${await stage.clusterId()}`,
    count: 1,
    reportingInstance: 'castai-agent-1-x',
  });
  await stage.platform.network.set({ type: 'refuse' });
  expect(await untilTold(stage, 'DeliveryLost')).toMatchObject({
    involvedObject: involved,
    type: 'Warning',
    message: expect.stringMatching(/^nothing is delivered to the platform \(http:.*\): .*ECONNREFUSED/u) as string,
  });
  await stage.platform.network.set({ type: 'pass' });
  expect(await untilTold(stage, 'DeliveryRegained')).toMatchObject({
    type: 'Normal',
    message: expect.stringMatching(/^delivery works again after /u) as string,
  });
});

test('where Events are forbidden the agent does all else, and says nothing of it', async () => {
  await using stage = await startDeployed();
  stage.cluster.fake.access.deny({ resource: 'events', verb: 'patch' });
  const agent = await stage.startReadyAgent();
  expect(await stage.verdict()).toEqual(ALL_WELL);
  expect(agent.output).not.toContain('Event');
  expect(await agent.problems()).toEqual([]);
  expect(told(stage)).toEqual({});
});

test('none is written where that is not wanted', async () => {
  await using stage = await startDeployed({ KUBERNETES_EVENTS: 'false' });
  await stage.startReadyAgent();
  expect(await stage.verdict()).toEqual(ALL_WELL);
  expect(told(stage)).toEqual({});
});
