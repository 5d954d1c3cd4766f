import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { NODE_NAME } from '../../stages/spot-handler/spot-node.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

const podNames = (stage: SpotStage<'azure'>): string[] =>
  stage.kube.objects('pods').map(({ metadata }) => metadata.name);

function pod(
  name: string,
  more: { owner?: string; grace?: number; priority?: number; node?: string; finalizer?: boolean } = {},
): KubeObject {
  const { owner, grace = 30, priority = 0, node = NODE_NAME, finalizer = false } = more;
  const owners =
    owner === undefined ? [] : [{ apiVersion: 'apps/v1', kind: owner, name: owner, uid: owner, controller: true }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      ownerReferences: owners,
      ...(finalizer ? { finalizers: ['example.com/hold'] } : {}),
    },
    spec: {
      nodeName: node,
      priority,
      terminationGracePeriodSeconds: grace,
      containers: [{ name: 'main', image: 'app:1' }],
    },
    status: { phase: 'Running' },
  };
}

describe.concurrent('the switches', () => {
  it('report only tells the platform and touches nothing', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { MODE: 'report' } });
    await stage.startReady();
    stage.imds.service.schedule();
    await stage.reported();
    expect(stage.kube.requests.count({ verb: 'patch' })).toBe(0);
  });

  it('PHASE2_PERMISSIONS=false is report only', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { PHASE2_PERMISSIONS: 'false' } });
    const handler = await stage.startReady();
    expect(await handler.metric('castai_spot_handler_mode{mode="report"}')).toBe(1);
  });

  it('a dry run decides, says what it would do, and does nothing', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { DRY_RUN: 'true', MODE: 'evict' } });
    const handler = await stage.startReady();
    stage.kube.create(pod('one'));
    stage.imds.service.schedule();
    await eventually({
      what: 'both effects were dry',
      look: () =>
        Promise.all([
          handler.metric('castai_spot_handler_report_total{result="dry_run"}'),
          handler.metric('castai_spot_handler_node_actions_total{action="mark",result="dry_run"}'),
        ]),
      until: (counts) => counts.every((count) => count === 1),
    });
    expect([stage.node.record, await stage.reports(), podNames(stage), stage.eventReasons]).toEqual([
      undefined,
      [],
      ['one'],
      [],
    ]);
    expect(await handler.metric('castai_spot_handler_dry_run')).toBe(1);
    expect(JSON.stringify((await handler.status()).sections)).toContain('"dry run":true');
    expect(handler.lines.join('\n')).toContain('dry run: the node would be changed: add /spec/unschedulable');
  });

  it('a dry run on a node that an earlier process has marked in earnest tells which pods would go, and asks none', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { MODE: 'evict' } });
    const allow = stage.kube.access.deny({ verb: 'create', resource: 'pods' });
    stage.kube.create(pod('one', { owner: 'ReplicaSet' }));
    const earnest = await stage.startReady();
    stage.imds.service.schedule();
    await stage.acted();
    // The last thing that it writes: what is still on its way when it ends would come after it.
    const { record } = await eventually({
      what: 'the node remembers the report',
      look: () => stage.node,
      until: (node) => node.record?.includes('"isReported":true') === true,
    });
    await earnest.kill();
    const dry = await stage.startReady({ DRY_RUN: 'true' });
    // Not sooner: an eviction that the dead process had sent may still be read, and would be granted.
    allow();
    await eventually({
      what: 'the eviction was dry',
      look: () => dry.metric('castai_spot_handler_node_actions_total{action="evict",result="dry_run"}'),
      until: (count) => count === 1,
    });
    expect([podNames(stage), stage.node.record]).toEqual([['one'], record]);
    expect(dry.lines.join('\n')).toContain('dry run: a pod would be asked to go: default/one');
  });

  it('only the named kinds are acted on', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { EVENT_TYPES: 'freeze' } });
    const handler = await stage.startReady();
    stage.imds.service.schedule();
    await eventually({
      what: 'the preemption is told of',
      look: () => handler.metric('castai_spot_handler_ignored_notices_total{reason="kind"}'),
      until: (count) => count === 1,
    });
    expect(await stage.reports()).toEqual([]);
    stage.imds.service.schedule({ EventType: 'Freeze' });
    expect(await stage.acted()).toBe(true);
  });

  it('evicts the pods once the node is marked, and leaves those alone that must stay', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { MODE: 'evict' } });
    const handler = await stage.startReady();
    stage.kube.create(pod('short', { owner: 'ReplicaSet', grace: 5 }));
    stage.kube.create(pod('long', { owner: 'ReplicaSet', grace: 60 }));
    stage.kube.create(pod('daemon', { owner: 'DaemonSet' }));
    stage.kube.create(pod('elsewhere', { owner: 'ReplicaSet', node: 'another-node' }));
    stage.imds.service.schedule();
    await stage.marked();
    await eventually({
      what: 'both pods were asked to go',
      look: () => stage.kube.requests.entries({ verb: 'create', resource: 'pods' }).map(({ path }) => path),
      until: (paths) => paths.length >= 2,
    });
    const paths = stage.kube.requests.entries({ verb: 'create', resource: 'pods' }).map(({ path }) => path);
    // Both are on their way at once, over two connections: which one arrives first is not ours to say.
    expect(new Set(paths)).toEqual(
      new Set(['/api/v1/namespaces/default/pods/long/eviction', '/api/v1/namespaces/default/pods/short/eviction']),
    );
    expect(await handler.metric('castai_spot_handler_node_marked')).toBe(1);
  });

  it('goes on with evictions that an earlier process did not bring to an end, and does not begin others again', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { MODE: 'evict' } });
    const first = await stage.startReady();
    const forbid = stage.kube.access.deny({ verb: 'create', resource: 'pods' });
    stage.kube.create(pod('one', { owner: 'ReplicaSet' }));
    stage.imds.service.schedule();
    await stage.acted();
    await eventually({
      what: 'the pod could not be evicted',
      look: () => first.metric('castai_spot_handler_node_actions_total{action="evict",result="forbidden"}'),
      until: (count) => (count ?? 0) >= 1,
    });
    await first.kill();
    forbid();
    const second = await stage.startReady();
    await eventually({ what: 'the pod is gone', look: () => podNames(stage), until: (names) => names.length === 0 });
    await eventually({
      what: 'the node remembers that its evictions are through',
      look: () => stage.node.record,
      until: (record) => record?.includes('"isDrained":true') === true,
    });
    await second.kill();
    // Somebody has put a pod onto the node on purpose.
    stage.kube.create(pod('two', { owner: 'ReplicaSet' }));
    const third = await stage.startReady();
    await eventually({
      what: 'the third process has taken the notice over',
      look: async () => JSON.stringify((await third.status()).sections),
      until: (text) => text.includes('"phase":"acted"'),
    });
    expect([
      podNames(stage),
      await third.metric('castai_spot_handler_node_actions_total{action="evict",result="ok"}'),
    ]).toEqual([['two'], 0]);
  });

  it('Kubernetes Events can be switched off', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { KUBERNETES_EVENTS: 'false' } });
    await stage.startReady();
    stage.imds.service.schedule();
    expect(await stage.acted()).toBe(true);
    expect(stage.eventReasons).toEqual([]);
  });
});

describe.concurrent('approving events', () => {
  const environment = { MODE: 'evict', ACKNOWLEDGE_EVENTS: 'true' };

  it('an event of this machine alone is approved once nothing is left to evict', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment });
    await stage.startReady();
    stage.kube.create(pod('slow', { owner: 'ReplicaSet', finalizer: true }));
    const id = stage.imds.service.schedule({ EventType: 'Terminate', inMs: 300_000 });
    await eventually({
      what: 'the pod was asked to go',
      look: () => stage.eventReasons,
      until: (reasons) => reasons.includes('PodsEvicted'),
    });
    // It has not gone yet: an approval would end its time to do so.
    expect(stage.imds.service.approved).toEqual([]);
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'slow' };
    stage.kube.update(reference, (object) => Object.assign(object.metadata, { finalizers: [] }));
    await eventually({
      what: 'the event is approved',
      look: () => stage.imds.service.approved,
      until: (approved) => approved.length > 0,
    });
    expect(stage.imds.service.approved).toEqual([id]);
    expect(stage.node.isMarked).toBe(true);
  });

  it('neither a preemption nor an event of several machines is', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment });
    await stage.startReady();
    stage.imds.service.schedule();
    stage.imds.service.schedule({
      EventType: 'Terminate',
      Resources: [stage.imds.service.machine.name, 'aks-spotpool-12345678-vmss_4'],
      inMs: 300_000,
    });
    await stage.marked();
    await eventually({
      what: 'the node is drained',
      look: () => stage.eventReasons,
      until: (reasons) => reasons.includes('PodsEvicted'),
    });
    expect(stage.imds.service.approved).toEqual([]);
  });

  it('is off unless it is asked for', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { MODE: 'evict' } });
    await stage.startReady();
    stage.imds.service.schedule({ EventType: 'Terminate', inMs: 300_000 });
    await eventually({
      what: 'the node is drained',
      look: () => stage.eventReasons,
      until: (reasons) => reasons.includes('PodsEvicted'),
    });
    expect(stage.imds.server.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});
