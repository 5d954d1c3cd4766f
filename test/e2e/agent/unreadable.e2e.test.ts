/** Objects that the agent cannot read: each costs itself alone, in lists and in watches. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';
import { type FakeStage, referenceTo, startFakeStage, touch } from '../../stages/agent/fake-stage.ts';
import type { StagedAgent } from '../../stages/agent/staged-agent.ts';

/** Above what the agent takes of one object. */
const MEGABYTES = 'x'.repeat(9 * 1024 * 1024);

function twoPods({ cluster }: FakeStage): readonly [KubeObject, KubeObject] {
  const [first, second] = cluster.fake.objects('pods');
  if (first === undefined || second === undefined) throw new Error('there are too few pods');
  return [first, second];
}

/** A field that the agent does not send, and that protobuf has, of this text. */
function fill({ cluster }: FakeStage, pod: KubeObject, text: string): void {
  cluster.fake.update(referenceTo(pod), (object) => {
    touch(object);
    object['spec'] = { ...(object['spec'] as object), subdomain: text };
  });
}

/** Version that the platform has of the pod; empty if it has none. */
async function storedVersion({ platform }: FakeStage, pod: KubeObject): Promise<string> {
  const stored = (await platform.control.allObjects()).find(({ uid }) => uid === pod.metadata.uid);
  return stored?.resourceVersion ?? '';
}

const leftOut = (agent: StagedAgent): Promise<number> =>
  agent.metric('castai_agent_unreadable_objects_total', { reason: 'TOO_LARGE' });

describe.concurrent('an object that is too large to be read', () => {
  test('is left out of a watch and named; what the platform has of it stays through a snapshot, and its end is told', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent();
    const { fake } = stage.cluster;
    const [large, other] = twoPods(stage);
    const before = await storedVersion(stage, large);
    fill(stage, large, MEGABYTES);
    await eventually({
      what: 'the object is left out',
      look: () => leftOut(agent),
      until: (count) => count === 1,
    });
    fake.update(referenceTo(other), touch);
    const touched = fake.objects('pods').find(({ metadata }) => metadata.uid === other.metadata.uid);
    await eventually({
      what: 'the change behind it is at the platform',
      look: () => storedVersion(stage, other),
      until: (version) => version === touched?.metadata.resourceVersion,
    });
    expect(await storedVersion(stage, large)).toBe(before);
    expect(await agent.problems()).toContain('pods: what cannot be read is left out: TOO_LARGE');
    const { namespace = '', name } = large.metadata;
    const output = await eventually({
      what: 'the log names it',
      look: () => agent.output,
      until: (text) => text.includes(`Pod ${namespace}/${name}`),
    });
    expect(output).toContain('an object cannot be read');
    // Its history expires, so that the feed is listed again: what is not told again by then is swept.
    for (const watch of fake.watches('pods')) watch.end();
    fake.update(referenceTo(other), touch);
    fake.compact();
    await eventually({
      what: 'the feed was listed again',
      look: () => agent.feed('pods'),
      until: (row) => row['lastRestart'] === 'KUBE_EXPIRED' && row['state'] === 'SYNCED' && row['phase'] === 'live',
    });
    fake.update(referenceTo(other), touch);
    await eventually({
      what: 'the snapshot is processed',
      look: () => storedVersion(stage, other),
      until: (version) => version !== touched?.metadata.resourceVersion,
    });
    expect(await storedVersion(stage, large)).toBe(before);
    expect(await leftOut(agent)).toBe(1);
    fake.delete(referenceTo(large));
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('is left out of a list, and comes when it has become small again', async () => {
    await using stage = await startFakeStage();
    const [large] = twoPods(stage);
    fill(stage, large, MEGABYTES);
    const agent = await stage.startReadyAgent();
    expect(await leftOut(agent)).toBe(1);
    expect(await storedVersion(stage, large)).toBe('');
    expect(await agent.feed('pods')).toMatchObject({ phase: 'live', state: 'SYNCED' });
    fill(stage, large, '');
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });
});
