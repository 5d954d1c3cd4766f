/** An agent that offers, and a platform that answers late, in part, wrongly or not at all. */
import { expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { FaultRequest } from '../../platform-rig/faults/parse-fault.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';
import { type FakeStage, startFakeStage } from '../../stages/agent/fake-stage.ts';
import type { StagedAgent } from '../../stages/agent/staged-agent.ts';

/** Resyncs are paced by minutes. */
const HASTE = 10;

type Answer = 'held' | 'wanted';
const offers = (agent: StagedAgent, answer: Answer): Promise<number> =>
  agent.metric('castai_agent_offers_total', { answer });

async function started(options: Parameters<typeof startFakeStage>[0] = {}): Promise<[FakeStage, StagedAgent]> {
  const stage = await startFakeStage(options);
  const agent = await stage.startReadyAgent({ haste: HASTE });
  expect(await stage.verdict()).toEqual(ALL_WELL);
  return [stage, agent];
}

/** The platform loses about one object in three, and asks for a snapshot. */
async function lose(stage: FakeStage): Promise<void> {
  await stage.platform.control.loseObjects(await stage.clusterId(), 3);
}

test('what the platform has lost is wanted and sent, and nothing else', async () => {
  const [made, agent] = await started();
  await using stage = made;
  const upserts = async (): Promise<number> =>
    (await stage.platform.control.history()).filter(({ record }) => record.type === 'upsert').length;
  const [before, all] = [await upserts(), (await stage.platform.control.allObjects()).length];
  await lose(stage);
  expect(await stage.verdict()).toEqual(ALL_WELL);
  const [held, wanted] = [await offers(agent, 'held'), await offers(agent, 'wanted')];
  expect(wanted).toBeGreaterThan(0);
  expect(held).toBeGreaterThan(wanted);
  // Each object is either held or sent: of a kind of which most was lost, the rest is not offered.
  expect((await upserts()) - before).toBeLessThanOrEqual(all - held);
});

const WRONG: readonly (readonly [does: string, fault: FaultRequest])[] = [
  ['wants all that it has', { on: 'batch', times: 4, action: { type: 'wrongWanted', wanted: 'all' } }],
  ['says of nothing that it wants it', { on: 'batch', times: 4, action: { type: 'wrongWanted', wanted: 'none' } }],
  ['wants what was never offered', { on: 'batch', times: 20, action: { type: 'wrongWanted', wanted: 'others' } }],
  ['answers late', { on: 'batch', times: 6, action: { type: 'delay', ms: 1500 } }],
  ['takes offers and does not answer', { on: 'batch', times: 6, action: { type: 'loseAnswer' } }],
  ['refuses the batch that they are in', { on: 'batch', times: 3, action: { type: 'status', status: 422 } }],
];

test.for(WRONG)('a platform that %s is told everything in the end, by an agent that lives on', async ([, fault]) => {
  const [made, agent] = await started();
  await using stage = made;
  await stage.platform.control.addFault(fault);
  await lose(stage);
  await eventually({
    what: 'something was offered, and the fault was shown',
    look: async () => [await offers(agent, 'held'), (await stage.platform.control.state()).faults.length] as const,
    until: ([held, left]) => held > 0 && left === 0,
    timeoutMs: 60_000,
  });
  expect(await stage.verdict()).toEqual(ALL_WELL);
});

test('a platform that is older than offers gets none, and offers come with the session of one that knows them', async () => {
  await using stage = await startFakeStage();
  const { control } = stage.platform;
  await control.addFault({ on: 'open', action: { type: 'noOffers' } });
  const agent = await stage.startReadyAgent({ haste: HASTE });
  expect(await stage.verdict()).toEqual(ALL_WELL);
  await lose(stage);
  expect(await stage.verdict()).toEqual(ALL_WELL);
  expect([await offers(agent, 'held'), await offers(agent, 'wanted')]).toEqual([0, 0]);
  await control.clearFaults();
  await control.forgetSession(await stage.clusterId());
  await lose(stage);
  expect(await stage.verdict()).toEqual(ALL_WELL);
  expect(await offers(agent, 'held')).toBeGreaterThan(0);
});
