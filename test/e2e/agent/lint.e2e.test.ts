/** What the manifest lint finds, from the object in the cluster to what the platform counts. */
import { expect, test } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type FakeStage, referenceTo, startFakeStage } from '../../stages/agent/fake-stage.ts';

const NAME = 'only-here';
const DEPLOYMENT: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: NAME, namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: NAME } },
    template: {
      metadata: { labels: { app: NAME } },
      spec: {
        hostPID: true,
        hostIPC: true,
        automountServiceAccountToken: false,
        containers: [{ name: 'app', image: 'registry.example/app:1', securityContext: { procMount: 'Unmasked' } }],
      },
    },
  },
};

/** Rules that nothing else in the sample cluster breaks, and how many objects break them at the platform. */
async function rare({ platform }: FakeStage): Promise<Record<string, number>> {
  const lines = (await platform.control.metrics()).split('\n');
  const counts = ['host-pid', 'host-ipc', 'unsafe-proc-mount'].map((rule) => {
    const line = lines.find((text) => text.startsWith('castai_manifest_findings{') && text.includes(`rule="${rule}"`));
    return [rule, Number(line?.split(' ').at(-1) ?? 0)] as const;
  });
  return Object.fromEntries(counts.filter(([, objects]) => objects > 0));
}

const untilRare = (stage: FakeStage, expected: Record<string, number>): Promise<unknown> =>
  eventually({
    what: `the platform counts ${JSON.stringify(expected)}`,
    look: () => rare(stage),
    until: (counts) => JSON.stringify(counts) === JSON.stringify(expected),
  });

test('findings follow the object, outlive a restart without being sent again, and end where the lint is turned off', async () => {
  await using stage = await startFakeStage();
  const { fake } = stage.cluster;
  const made = fake.create(DEPLOYMENT);
  const first = await stage.startReadyAgent();
  await untilRare(stage, { 'host-pid': 1, 'host-ipc': 1, 'unsafe-proc-mount': 1 });
  fake.update(referenceTo(made), ({ metadata }) => {
    metadata['annotations'] = { 'ignore-check.kube-linter.io/host-ipc': 'it is a debugger' };
  });
  await untilRare(stage, { 'host-pid': 1, 'unsafe-proc-mount': 1 });
  // What the rules looked at stays in the cluster.
  const sent = JSON.stringify(await stage.platform.control.allObjects());
  for (const word of ['hostPID', 'procMount', 'Unmasked', 'debugger']) expect(sent).not.toContain(word);
  // Looking how new the server is asks for one object.
  const lists = (): number =>
    stage.cluster.agentRequests({ verb: 'list', resource: 'deployments' }).filter(({ query }) => query['limit'] !== '1')
      .length;
  const listed = lists();
  await first.process.stop();

  const second = await stage.startReadyAgent();
  await untilRare(stage, { 'host-pid': 1, 'unsafe-proc-mount': 1 });
  expect(lists()).toBe(listed);
  await second.process.stop();

  const third = await stage.startReadyAgent({ env: { LINT: 'false' } });
  await untilRare(stage, {});
  expect(await third.metric('castai_agent_lint_errors_total', { rule: 'host-pid' })).toBe(0);
});

test('a rule that cannot judge an object is counted, and the others go on', async () => {
  // Protobuf has no place for what is not as the schema says.
  await using stage = await startFakeStage({ env: { READ_ENCODING: 'json' } });
  const template = { spec: { hostPID: true, hostIPC: 'yes', containers: 'none' } };
  stage.cluster.fake.create({ ...DEPLOYMENT, spec: { template } });
  const agent = await stage.startReadyAgent();
  await untilRare(stage, { 'host-pid': 1 });
  for (const rule of ['host-ipc', 'latest-tag', 'privileged-container']) {
    expect(await agent.metric('castai_agent_lint_errors_total', { rule })).toBeGreaterThan(0);
  }
  expect(await agent.metric('castai_agent_lint_errors_total', { rule: 'host-pid' })).toBe(0);
  expect(await agent.metric('castai_agent_lint_errors_total', { rule: 'wildcard-in-rules' })).toBe(0);
});

test('nothing is told by the wire of the public API, which has no place for it', async () => {
  await using stage = await startFakeStage({ env: { PLATFORM_WIRE: 'agent-deltas' } });
  stage.cluster.fake.create(DEPLOYMENT);
  await stage.startReadyAgent();
  const stored = await eventually({
    what: 'the object is at the platform',
    look: async () => (await stage.platform.control.allObjects()).filter(({ name }) => name === NAME),
    until: (objects) => objects.length === 1,
  });
  expect(JSON.stringify(stored)).not.toContain('host-pid');
  expect(await rare(stage)).toEqual({});
});
