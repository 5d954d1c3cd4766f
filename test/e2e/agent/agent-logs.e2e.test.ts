/** Warnings of the agent's log at the platform: both wires, and not where the operator does not want it. */
import { expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { startFakeStage } from '../../stages/agent/fake-stage.ts';

/** A variable that is odd makes a warning at the start. */
const ODD = { CASTAI_SOMETHING: 'canary-of-a-value' };

test.for(['ingest', 'agent-deltas'])('they reach it over %s, without the value that was odd', async (wire) => {
  await using stage = await startFakeStage({ cluster: { nodes: 1, pods: 1 } });
  const agent = await stage.startReadyAgent({ env: { ...ODD, SEND_LOGS: 'true', PLATFORM_WIRE: wire } });
  const clusterId = agent.log.map(({ clusterId: id }) => id).find((id) => typeof id === 'string');
  const reports = await eventually({
    what: 'the platform has the warning',
    look: () => stage.platform.control.reports(String(clusterId), 'log'),
    until: (rows) => rows.length > 0,
  });
  expect(reports.map(({ body }) => body)).toContainEqual(
    expect.objectContaining({
      level: 'warning',
      message: 'CASTAI_SOMETHING is set, but there is no such option',
      fields: expect.objectContaining({
        program: 'castai-agent',
        instanceId: expect.any(String) as unknown,
      }) as unknown,
    }),
  );
  expect(JSON.stringify(reports)).not.toContain('canary');
});
