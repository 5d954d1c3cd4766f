/** How a node is emptied where pods do not go, or do not stay away. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { NODE_NAME } from '../../stages/spot-handler/spot-node.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

const environment = { MODE: 'evict', ACKNOWLEDGE_EVENTS: 'true' };

/** A pod of a controller that the API server knows nothing about; it ends only when `release` lets it. */
function pod(name: string, { kind = 'ReplicaSet', spec = {} }: { kind?: string; spec?: object } = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      ownerReferences: [{ apiVersion: 'example.com/v1', kind, name: 'owner', uid: `uid-of-${kind}`, controller: true }],
      finalizers: ['example.com/hold'],
    },
    spec: { nodeName: NODE_NAME, containers: [{ name: 'main', image: 'app:1' }], ...spec },
    status: { phase: 'Running' },
  };
}

const evictions = (stage: SpotStage<'azure'>): string[] =>
  stage.kube.requests
    .entries({ verb: 'create', resource: 'pods' })
    .map(({ path }) => path.split('/').at(-2) ?? '')
    .toSorted();

const refusal = (code: number, reason: string, message: string): unknown => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  code,
  reason,
  message,
});

describe.concurrent('a drain', () => {
  it.for([
    ['tolerates every taint', { spec: { tolerations: [{ operator: 'Exists' }] } }],
    ['is put back by its controller', {}],
  ] as const)('asks a pod that %s once, and is through although its successors stand', async ([, how]) => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment });
    await stage.startReady();
    stage.kube.create(pod('first', how));
    stage.imds.service.schedule({ EventType: 'Terminate', inMs: 300_000 });
    await eventually({ what: 'it was asked', look: () => evictions(stage), until: (names) => names.length > 0 });
    // Its controller puts another one onto the node as soon as one goes.
    for (const name of ['second', 'third']) stage.kube.create(pod(name, how));
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'first' };
    stage.kube.update(reference, (object) => Object.assign(object.metadata, { finalizers: [] }));
    await eventually({
      what: 'the event is approved',
      look: () => stage.imds.service.approved,
      until: (approved) => approved.length > 0,
    });
    expect(evictions(stage)).toEqual(['first']);
  });

  it('does not touch the next pod of the same name, however late an eviction arrives', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment });
    await stage.startReady();
    const path = '/api/v1/namespaces/default/pods/db-0/eviction';
    stage.kube.faults.add({ match: { path }, action: { type: 'delay', ms: 3000 } });
    stage.kube.create(pod('db-0', { kind: 'StatefulSet' }));
    stage.imds.service.schedule({ EventType: 'Terminate', inMs: 300_000 });
    await eventually({ what: 'it was asked', look: () => evictions(stage), until: (names) => names.length > 0 });
    // It has gone by itself, and its StatefulSet has made another one elsewhere.
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'db-0' };
    stage.kube.delete(reference);
    stage.kube.create(pod('db-0', { kind: 'StatefulSet', spec: { nodeName: 'another-node' } }));
    await eventually({
      what: 'the event is approved',
      look: () => stage.imds.service.approved,
      until: (approved) => approved.length > 0,
    });
    expect(stage.kube.get(reference)?.metadata['deletionTimestamp']).toBeUndefined();
  });

  it('says by name, and in the words of the API server, which pods hold it up', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment });
    const handler = await stage.startReady();
    const refusals = {
      guarded: [
        500,
        'InternalError',
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      ],
      ending: [403, 'Forbidden', 'unable to create new content in namespace default because it is being terminated'],
    } as const;
    for (const [name, [status, reason, message]] of Object.entries(refusals)) {
      stage.kube.create(pod(name, { kind: name }));
      const path = `/api/v1/namespaces/default/pods/${name}/eviction`;
      const body = refusal(status, reason, message);
      stage.kube.faults.add({ match: { path }, action: { type: 'respond', status, body } });
    }
    stage.imds.service.schedule({ EventType: 'Terminate', inMs: 300_000 });
    const texts = (): Promise<Record<string, string>> =>
      handler.status().then((status) => ({
        statusz: JSON.stringify(status.sections),
        events: JSON.stringify(stage.kube.objects('events')),
        log: handler.lines.join('\n'),
      }));
    for (const [name, [, , message]] of Object.entries(refusals)) {
      await eventually({
        what: `${name} is named everywhere`,
        look: texts,
        until: (all) => Object.values(all).every((text) => text.includes(`default/${name}`) && text.includes(message)),
      });
    }
    // Whoever reads that a right is missing looks for it in the wrong place.
    expect(JSON.stringify((await handler.status()).sections)).not.toContain('RBAC');
  });
});

describe.concurrent('an approval', () => {
  const posts = (stage: SpotStage<'azure'>): number =>
    stage.imds.server.requests.filter(({ method }) => method === 'POST').length;
  const approved = (stage: SpotStage<'azure'>): Promise<readonly string[]> =>
    eventually({
      what: 'the event is approved',
      look: () => stage.imds.service.approved,
      until: (events) => events.length > 0,
    });
  const where = { path: '/metadata/scheduledevents', method: 'POST' } as const;

  it('that was refused is given again', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment });
    await stage.startReady();
    stage.imds.server.fail({ ...where, times: 1, action: { type: 'respond', status: 429 } });
    const id = stage.imds.service.schedule({ EventType: 'Terminate', inMs: 300_000 });
    expect(await approved(stage)).toEqual([id]);
    await eventually({
      what: 'the node says that it is done',
      look: () => stage.node.record,
      until: (record) => record?.includes('"isApproved":true') === true,
    });
  });

  it('that a process could not give any more is given by the next one', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment });
    const first = await stage.startReady();
    const answer = stage.imds.server.fail({ ...where, action: { type: 'hang' } });
    const id = stage.imds.service.schedule({ EventType: 'Reboot', inMs: 300_000 });
    await eventually({
      what: 'the node is drained and the first attempt hangs',
      look: () => [posts(stage), stage.node.record?.includes('"isDrained":true')],
      until: ([count, isDrained]) => Number(count) > 0 && isDrained === true,
    });
    await first.kill();
    expect([stage.node.record?.includes('isApproved'), stage.imds.service.approved]).toEqual([false, []]);
    answer();
    await stage.startReady();
    expect(await approved(stage)).toEqual([id]);
  });
});
