/** Warnings of the controller's log at the platform, both whole: without what servers said, and nothing while all goes well. */
import { eventually } from '@castai/shared/testing/eventually.ts';
import { expect, test } from 'vitest';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { HandAgent } from '../../platform-rig/hand-agent.ts';
import { startFakeCluster } from '../../stages/agent/fake-cluster.ts';
import { startLocalPlatform } from '../../stages/agent/staged-platform.ts';
import { startProgram } from '../../stages/child-program.ts';

const CANARY = 'canary-of-a-webhook';
const PATIENCE_MS = 120_000;

test('they reach it without a word of a server, the value of a variable, or the key', async () => {
  await using cluster = await startFakeCluster({ nodes: 1, pods: 1 });
  await using platform = await startLocalPlatform({ mayAct: true });
  const { url } = platform;
  const id = await new HandAgent(url).register();
  // Records cannot be taken over, and the answer says more than it should.
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: `webhook: ${CANARY}`,
  };
  const heal = cluster.fake.faults.add({
    match: { resource: 'configmaps' },
    action: { type: 'respond', status: 403, body },
  });
  await using controller = startProgram({
    name: 'cluster-controller',
    entry: sourceOf(findProgram('cluster-controller')),
    env: {
      ...cluster.agentEnv,
      ADMIN_PORT: '0',
      POD_NAMESPACE: 'kube-system',
      API_URL: url,
      API_KEY: 'canary-of-a-key',
      CLUSTER_ID: id,
      CASTAI_SOMETHING: 'canary-of-a-value',
      // The words stay in the pod: they are in its log at this level.
      LOG_LEVEL: 'debug',
    },
  });
  const reports = await eventually({
    what: 'the platform has both warnings',
    look: () => platform.control.reports(id, 'log'),
    until: (rows) =>
      /cannot be remembered/u.test(JSON.stringify(rows)) && /CASTAI_SOMETHING/u.test(JSON.stringify(rows)),
    timeoutMs: PATIENCE_MS,
  });
  heal();
  expect(reports.map(({ body: said }) => said)).toContainEqual(
    expect.objectContaining({
      level: 'warning',
      message: 'blocked: what is done cannot be remembered',
      fields: expect.objectContaining({
        program: 'castai-cluster-controller',
        check: 'records',
        instanceId: expect.any(String) as unknown,
      }) as unknown,
    }),
  );
  expect(JSON.stringify(reports)).not.toContain('canary');
  expect(controller.lines.some(({ text }) => text.includes(CANARY))).toBe(true);
  expect(await controller.stop()).toEqual({ code: 0, signal: null });
});
