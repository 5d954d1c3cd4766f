/** On the second wire whoever comes next goes on where the one before has stopped: the Lease tells where that is. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { DeltasStage } from '../../stages/agent/deltas-stage.ts';
import { newLife, referenceTo, touch } from '../../stages/agent/fake-stage.ts';

const NOTE = 'castai-agent/deltas';

const startStage = (): Promise<DeltasStage> =>
  DeltasStage.start({ env: { LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system' } });

const leaseOf = ({ cluster }: DeltasStage): KubeObject | undefined =>
  cluster.fake.objects('leases.coordination.k8s.io')[0];
const noteOf = (stage: DeltasStage): string => {
  const annotations = leaseOf(stage)?.metadata['annotations'] as Record<string, string> | undefined;
  return annotations?.[NOTE] ?? '';
};
const snapshots = ({ receiver }: DeltasStage): number =>
  receiver.requests.filter(({ fullSnapshot }) => fullSnapshot).length;
/** PodMetrics cannot be watched: whoever begins reads them all. */
const watched = ({ receiver }: DeltasStage, from: number): string[] =>
  receiver.requests
    .slice(from)
    .flatMap(({ items }) => items)
    .filter(({ kind }) => kind !== 'PodMetrics')
    .map(({ event, kind, data }) => `${event} ${kind} ${data.metadata.name}`);

async function untilNoted(stage: DeltasStage): Promise<void> {
  await eventually({
    what: 'the Lease tells where deltas go on',
    look: () => noteOf(stage),
    until: (note) => note.includes(stage.receiver.token),
  });
}

describe.concurrent('the next agent on the second wire', () => {
  test('sends nothing again after an orderly end, and what changed meanwhile', async () => {
    await using stage = await startStage();
    const first = await stage.startAgent({ POD_NAME: 'agent-a' });
    expect(await stage.differences()).toEqual([]);
    await first.process.stop();
    await untilNoted(stage);
    const [pod, other] = stage.cluster.fake.objects('pods');
    if (pod === undefined || other === undefined) throw new Error('there are too few pods');
    stage.cluster.fake.update(referenceTo(pod), touch);
    stage.cluster.fake.delete(referenceTo(other));
    stage.cluster.fake.create(newLife(pod, 'another'));

    const before = stage.receiver.requests.length;
    const second = await stage.startAgent({ POD_NAME: 'agent-b' });
    await second.untilReady();
    expect(await stage.differences()).toEqual([]);
    expect(snapshots(stage)).toBe(1);
    expect(stage.receiver.requests.every(({ status }) => status === 204)).toBe(true);
    expect(watched(stage, before).toSorted()).toEqual(
      ['delete Pod ' + other.metadata.name, 'update Pod ' + pod.metadata.name, 'add Pod another'].toSorted(),
    );
    expect(stage.receiver.requests[before]).toMatchObject({ items: [] });
    expect(stage.receiver.requests[before]?.bytes).toBeLessThan(2_000);
  });

  test('takes over from a leader that was killed, and a token that was used up costs one snapshot', async () => {
    await using stage = await startStage();
    const first = await stage.startAgent({ POD_NAME: 'agent-a' });
    await stage.startAgent({ POD_NAME: 'agent-b' });
    expect(await stage.differences()).toEqual([]);
    await untilNoted(stage);
    // Taken by the platform, and not told the Lease.
    stage.receiver.forgetToken();
    first.process.signal('SIGKILL');
    const [pod] = stage.cluster.fake.objects('pods');
    if (pod !== undefined) stage.cluster.fake.update(referenceTo(pod), touch);
    expect(await stage.differences()).toEqual([]);
    expect(snapshots(stage)).toBe(2);
  });

  test('believes nothing that somebody has changed by hand, and says so', async () => {
    await using stage = await startStage();
    const first = await stage.startAgent({ POD_NAME: 'agent-a' });
    expect(await stage.differences()).toEqual([]);
    await first.process.stop();
    await untilNoted(stage);
    const lease = leaseOf(stage);
    if (lease === undefined) throw new Error('there is no lease');
    stage.cluster.fake.update(
      referenceTo({ ...lease, apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }),
      (object) => {
        const { annotations } = object.metadata as { annotations?: Record<string, string> };
        if (annotations !== undefined) annotations[NOTE] = noteOf(stage).replace('"pods":["', '"pods":["9');
      },
    );
    const second = await stage.startAgent({ POD_NAME: 'agent-b' });
    await eventually({ what: 'a full snapshot is sent', look: () => snapshots(stage), until: (count) => count === 2 });
    expect(await stage.differences()).toEqual([]);
    await eventually({
      what: 'the log says why',
      look: () => second.output,
      until: (text) => text.includes('somebody has changed it'),
    });
  });
});
