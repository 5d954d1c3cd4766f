import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { type FakeStage, startFakeStage } from '../../stages/agent/fake-stage.ts';

const definition = (kind: string, plural: string): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: 'example.com',
    names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, subresources: {} }],
  },
});
const object = (kind: string, more: object): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind,
  metadata: { name: 'a', namespace: 'default', uid: `uid-${kind}` },
  ...more,
});
const SETS = object('CloneSet', {
  spec: { replicas: 3, template: { spec: { containers: [{ name: 'c', image: 'i' }] } }, secret: 'never' },
});

let stage: FakeStage;
beforeAll(async () => {
  stage = await startFakeStage({
    cluster: { nodes: 1, pods: 2 },
    env: {
      EXTRA_KINDS: 'example.com/v1/clonesets:workload,example.com/v1/gadgets:metadata,example.com/v1/typos:metadata',
    },
  });
  stage.cluster.fake.load([definition('CloneSet', 'clonesets'), definition('Widget', 'widgets'), SETS]);
});
afterAll(() => stage[Symbol.asyncDispose]());

describe('EXTRA_KINDS', () => {
  it('brings a kind that nobody knows to the platform, and holds up nothing where one is not served', async () => {
    await stage.startReadyAgent({ haste: 20 });
    const stored = async () =>
      (await stage.platform.control.allObjects()).filter(({ group }) => group === 'example.com');
    expect(await stored()).toMatchObject([
      {
        version: 'v1',
        resource: 'clonesets',
        name: 'a',
        body: { spec: { replicas: 3, template: { spec: { containers: [{ name: 'c', image: 'i' }] } } } },
      },
    ]);
    expect(JSON.stringify(await stored())).not.toContain('never');

    // One whose definition comes later.
    stage.cluster.fake.load([definition('Gadget', 'gadgets'), object('Gadget', { spec: { secret: 'never' } })]);
    await eventually({
      what: 'the platform has the gadget',
      timeoutMs: 200_000,
      look: stored,
      until: (objects) => objects.length === 2,
    });
    expect((await stored()).find(({ resource }) => resource === 'gadgets')?.body).toMatchObject({
      metadata: { name: 'a', namespace: 'default' },
    });
    expect(JSON.stringify(await stored())).not.toContain('never');
    expect(stage.cluster.agentRequests().filter(({ path }) => path.includes('widgets'))).toEqual([]);
  });

  it('brings it over the other wire, too, with its type', async () => {
    await using other = await startFakeStage({
      cluster: { nodes: 1, pods: 2 },
      env: {
        EXTRA_KINDS: 'example.com/v1/clonesets:workload',
        PLATFORM_WIRE: 'agent-deltas',
      },
    });
    other.cluster.fake.load([definition('CloneSet', 'clonesets'), SETS]);
    await other.startAgent({ haste: 20 });
    const [stored] = await eventually({
      what: 'the platform has the clone set',
      timeoutMs: 200_000,
      look: async () => (await other.platform.control.allObjects()).filter(({ group }) => group === 'example.com'),
      until: (objects) => objects.length === 1,
    });
    expect(stored).toMatchObject({ version: 'v1', resource: 'clonesets', name: 'a', body: { spec: { replicas: 3 } } });
    expect(JSON.stringify(stored)).not.toContain('never');
  });
});
