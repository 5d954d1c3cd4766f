import { PodRemover } from '@castai/shared/drain/eviction-writer.ts';
import { FakeKubeClient } from '@castai/test/fakes/fake-kube-client.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PodGate } from './pod-gate.ts';

const never = new AbortController().signal;
let kube: FakeKubeClient;
beforeEach(async () => {
  kube = await FakeKubeClient.start('shop');
});
afterEach(() => kube[Symbol.asyncDispose]());

const addPod = (metadata: object = {}) => {
  const spec = { nodeName: 'n', containers: [], terminationGracePeriodSeconds: 0 };
  const pod = kube.fake.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', namespace: 'shop', ...metadata },
    spec,
  });
  return { namespace: 'shop', name: 'web-0', uid: pod.metadata.uid ?? '' };
};
const gate = (forcesMarked = false): PodGate =>
  new PodGate({ client: kube.client, writer: new PodRemover(kube.client), forcesMarked });
const written = () => kube.fake.requests.entries().filter(({ method }) => method !== 'GET');

describe('a pod that is made to go', () => {
  it("is not asked when its name is a successor's: nothing is taken from its budget", async () => {
    const pod = addPod();
    for (const how of ['evict', 'remove'] as const) {
      await expect(gate()[how]({ ...pod, uid: 'another' }, never)).rejects.toMatchObject({ code: 'KUBE_NOT_FOUND' });
      await expect(gate()[how]({ ...pod, name: 'gone' }, never)).rejects.toMatchObject({ code: 'KUBE_NOT_FOUND' });
    }
    expect(written()).toEqual([]);
  });

  it('is asked, and counted as forced only when it is deleted', async () => {
    const own = gate();
    expect([await own.evict(addPod(), never), own.forcedCount]).toEqual(['asked', 0]);
    expect([await own.remove(addPod(), never), own.forcedCount]).toEqual(['asked', 1]);
    expect(kube.fake.objects('pods')).toEqual([]);
  });

  it('stays where somebody has marked it to stay, unless that is allowed', async () => {
    const marks: object[] = [
      { labels: { 'autoscaling.cast.ai/removal-disabled': 'true' } },
      { annotations: { 'beta.evictor.cast.ai/eviction-disabled': 'true' } },
      { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } },
      { annotations: { 'karpenter.sh/do-not-disrupt': 'true' } },
    ];
    for (const mark of marks) {
      const pod = addPod(mark);
      await expect(gate().remove(pod, never)).rejects.toMatchObject({ code: 'KUBE_FORBIDDEN' });
      expect(await gate(true).remove(pod, never)).toBe('asked');
    }
    // Asked politely it may go: the mark is about being taken without being asked.
    expect(await gate().evict(addPod(marks[0]), never)).toBe('asked');
    expect(
      await gate().remove(addPod({ annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' } }), never),
    ).toBe('asked');
  });
});
