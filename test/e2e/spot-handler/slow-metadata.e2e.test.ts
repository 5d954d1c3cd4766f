/** A metadata service that answers every question, but late: Azure's own team promises no more than ten seconds. */
import { describe, expect, it } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

type Cloud = 'azure' | 'aws' | 'gcp';
type Stage = SpotStage<'azure'> | SpotStage<'aws'> | SpotStage<'gcp'>;

/** Starts a stage, and gives what announces the end of its machine. */
const STAGES: Record<Cloud, (environment?: Record<string, string>) => Promise<{ stage: Stage; announce: () => void }>> =
  {
    azure: async (environment = {}) => {
      const stage = await SpotStage.start({ cloud: 'azure', environment });
      return { stage, announce: () => void stage.imds.service.schedule() };
    },
    aws: async (environment = {}) => {
      const stage = await SpotStage.start({ cloud: 'aws', environment });
      return { stage, announce: () => stage.imds.service.interrupt() };
    },
    gcp: async (environment = {}) => {
      const stage = await SpotStage.start({ cloud: 'gcp', environment });
      return { stage, announce: () => stage.imds.service.set('instance/preempted', 'TRUE') };
    },
  };
const SOURCES = { azure: 'scheduled-events', aws: 'instance-action', gcp: 'preempted' };

describe.concurrent.for(['azure', 'aws', 'gcp'] as const)('a service on %s', (cloud) => {
  const ok = `castai_spot_handler_polls_total{source="${SOURCES[cloud]}",result="ok"}`;

  it.for([3000, 6000])('that takes %i ms for each answer is heard, ready, and its notice acted on', async (ms) => {
    const { stage, announce } = await STAGES[cloud]();
    await using _ = stage;
    const handler = await stage.startReady();
    stage.imds.server.fail({ action: { type: 'late', ms } });
    const before = (await handler.metric(ok)) ?? 0;
    await eventually({
      what: 'late answers count',
      look: () => handler.metric(ok),
      until: (seen) => (seen ?? 0) >= before + 3,
    });
    announce();
    await stage.marked();
    expect((await handler.get('/readyz')).status).toBe(200);
  });

  it('that is slow from the start is found out, and its notice acted on', async () => {
    const { stage, announce } = await STAGES[cloud]({ PROVIDER: '' });
    await using _ = stage;
    stage.imds.server.fail({ action: { type: 'late', ms: 3000 } });
    stage.startHandler();
    announce();
    await stage.marked();
    expect(stage.node.isMarked).toBe(true);
  });
});
