/** What the world does to the second wire that is neither an outage nor a refusal: narrow links, bounds, rivals, a death at the worst moment. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { DeltasStage } from '../../stages/agent/deltas-stage.ts';
import { newLife, referenceTo, touch } from '../../stages/agent/fake-stage.ts';

/** A quarter of an hour a minute. */
const HASTE = 15;
/** More than the kernel takes of a connection that nobody reads, so that the agent notices. */
const LARGE = { pods: 90, annotations: 80 };

/** Pods that no compression makes small. */
function addLargePods({ cluster: { fake } }: DeltasStage): void {
  const [pod] = fake.objects('pods');
  if (pod === undefined) throw new Error('the sample has no pods');
  for (let index = 0; index < LARGE.pods; index += 1) {
    const made = newLife(pod, `large-${index}`);
    // Each as long as one may be.
    made.metadata['annotations'] = Object.fromEntries(
      Array.from({ length: LARGE.annotations }, (_, note) => [
        `note-${note}.cast.ai/text`,
        randomBytes(1_500).toString('base64'),
      ]),
    );
    fake.create(made);
  }
}

const snapshots = ({ receiver }: DeltasStage): number =>
  receiver.requests.filter(({ fullSnapshot, status }) => fullSnapshot && status === 204).length;

/** Objects that a full snapshot has removed and that there are all the same. */
function sweptAlive({ receiver, cluster: { fake } }: DeltasStage): string[] {
  const alive = new Set(
    fake.objects('pods').map(({ metadata }) => `Pod ${String(metadata.namespace)}/${metadata.name}`),
  );
  return receiver.swept.filter((key) => alive.has(key));
}

describe.concurrent('an agent on the second wire', () => {
  test('writes one snapshot to a receiver that reads 64 kB in a second, and its verdict says why that takes so long (C66)', async () => {
    // Slowly enough that a machine with other things to do still reads the cluster much faster.
    const haste = 8;
    await using stage = await DeltasStage.start({ haste });
    addLargePods(stage);
    stage.receiver.faults.push({ slowly: 64_000 * haste });
    const agent = await stage.startAgent();
    const { verdict } = await eventually({
      what: 'the verdict is of the platform',
      look: () => agent.health(),
      until: (health) => health.verdict.cause === 'platform',
      timeoutMs: 120_000,
    });
    expect(verdict).toMatchObject({
      state: 'degraded',
      why: expect.stringMatching(/^a full snapshot is taken at \d+ kB\/s: /u) as string,
    });
    expect(await stage.differences()).toEqual([]);
    expect([snapshots(stage), stage.receiver.broken]).toEqual([1, 0]);
    await agent.untilReady();
    await agent.untilCause('');
  });

  test('says of a receiver that never takes as large a body that the snapshot cannot be cut, until it does', async () => {
    await using stage = await DeltasStage.start({ haste: HASTE });
    addLargePods(stage);
    stage.receiver.always = { limit: 1_000_000 };
    const agent = await stage.startAgent();
    await eventually({
      what: 'the page says that the snapshot is too large, and what can be done',
      look: () => agent.section('Delivery'),
      until: (row) =>
        String(row['last refusal']).startsWith('TOO_LARGE: HTTP 413') &&
        String(row['what to do']).includes('cannot be cut'),
      timeoutMs: 120_000,
    });
    await agent.untilCause('platform');
    expect((await agent.readiness()).ready).toBe(false);
    expect((await agent.page('/healthz')).status).toBe(200);
    expect(await agent.metric('castai_autoscaler_agent_snapshots_received_total')).toBe(0);
    stage.receiver.always = undefined;
    expect(await stage.differences()).toEqual([]);
    expect(await agent.metric('castai_agent_dropped_entries_total')).toBe(0);
  });

  test('beside another one that has no lease either loses nothing, and says who it may be', async () => {
    await using stage = await DeltasStage.start({ haste: HASTE });
    const first = await stage.startAgent();
    await first.untilReady();
    const second = await stage.startAgent();
    const both = [first, second];
    await eventually({
      what: 'each was refused the token of the other',
      look: () => Promise.all(both.map((agent) => agent.problems())),
      until: (problems) => problems.every((told) => told.some((what) => what.includes('invalid continuity token'))),
      timeoutMs: 120_000,
    });
    const hints = (await first.rows('Met lately')).map(({ hint }) => String(hint));
    expect(hints.some((hint) => hint.includes('another agent sends for this cluster'))).toBe(true);
    const [pod, other] = stage.cluster.fake.objects('pods');
    if (pod !== undefined) stage.cluster.fake.update(referenceTo(pod), touch);
    if (other !== undefined) stage.cluster.fake.delete(referenceTo(other));
    expect(await stage.differences()).toEqual([]);
    await second.process.stop();
    stage.cluster.fake.create(newLife(stage.cluster.fake.objects('pods')[1] ?? newPodMissing(), 'another'));
    expect(await stage.differences()).toEqual([]);
    expect(sweptAlive(stage)).toEqual([]);
  });

  test('that dies when its delta was taken and the Lease does not know leaves the next one a token that is used up', async () => {
    const env = { LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system' };
    await using stage = await DeltasStage.start({ env });
    const first = await stage.startAgent({ POD_NAME: 'agent-a' });
    expect(await stage.differences()).toEqual([]);
    const { fake } = stage.cluster;
    // The renewals of the Lease get no answer from now on, so that none can carry what is taken next.
    const [pod] = fake.objects('pods');
    fake.faults.add({ match: { verb: 'update', resource: 'leases' }, action: { type: 'delay', ms: 600_000 } });
    if (pod !== undefined) fake.update(referenceTo(pod), touch);
    const before = stage.receiver.token;
    await eventually({
      what: 'the change was taken',
      look: () =>
        stage.receiver.requests.some(({ items }) =>
          items.some(({ data }) => data.metadata.name === pod?.metadata.name && data.metadata.uid === pod.metadata.uid),
        ) && stage.receiver.token !== before,
      until: (isTaken) => isTaken,
    });
    await first.process.kill();
    fake.faults.clear();
    await stage.startAgent({ POD_NAME: 'agent-b' });
    expect(await stage.differences()).toEqual([]);
    expect(snapshots(stage)).toBeLessThanOrEqual(2);
    expect(sweptAlive(stage)).toEqual([]);
  });
});

function newPodMissing(): never {
  throw new Error('there are too few pods');
}
