import { type Clock, systemClock } from '@castai/shared/async/clock.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { HastyClock } from '@castai/shared/testing/hasty-clock.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { FakeKubeClient } from '@castai/test/fakes/fake-kube-client.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActionRecord, ActionTarget } from '../claim/action-record.ts';
import type { ActionBody, ObjectId } from '../poll/action.ts';
import { RealWriter } from './cluster-writer.ts';
import { Worker } from './worker.ts';
import type { WorkObserver, WorkResult } from './work.ts';

const never = new AbortController().signal;
const object: ObjectId = { group: '', version: 'v1', resource: 'configmaps', namespace: 'shop', name: 'c' };
let kube: FakeKubeClient;
beforeEach(async () => {
  kube = await FakeKubeClient.start('shop');
});
afterEach(() => kube[Symbol.asyncDispose]());

interface WorkerOptions {
  readonly isHeld?: () => boolean;
  readonly onHeld?: WorkObserver['onHeld'];
  readonly onNodeNews?: WorkObserver['onNodeNews'];
  readonly isEmptied?: boolean;
  /** How many times as fast time passes for it. */
  readonly pace?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly client?: Pick<FakeKubeClient['client'], 'get'>;
}

const worker = ({
  isHeld = () => true,
  onHeld = () => undefined,
  onNodeNews = () => undefined,
  isEmptied = false,
  pace = 50,
  clock = new HastyClock(pace),
  client = kube.client,
  random = () => 0,
}: WorkerOptions = {}): Worker =>
  new Worker({
    client,
    writer: new RealWriter({ client: kube.client, isHeld }),
    clock,
    random,
    observer: { onNodeNews, onHeld },
    forcesMarked: false,
    isEmptied: () => isEmptied,
    reporter: 'castai-cluster-controller',
  });
const record = (target: ActionTarget, kind: ActionRecord['kind']): ActionRecord => ({
  id: 'a-1',
  kind,
  epoch: { lease: 'l', transitions: 1 },
  claimedAtMs: Date.now(),
  target,
  step: 'do',
  progress: {},
});
/** Resolves, then does the step: what it came to in one line. */
async function run(body: ActionBody, { isResumed = false, by = worker() } = {}): Promise<string> {
  const target = await by.resolve(body, never);
  const result: WorkResult = await by.work({ body, record: record(target, body.kind), isResumed }, never);
  if (result.is === 'advanced') return result.step;
  return result.outcome.is === 'done' ? 'done' : `${result.outcome.code}: ${result.outcome.detail}`;
}
const addMap = (data: object = { a: '1' }): void =>
  void kube.fake.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'shop', labels: { theirs: '1' } },
    data,
  });
const map = () => kube.fake.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', namespace: 'shop' });
const written = (): number => kube.fake.requests.entries().filter(({ method }) => method !== 'GET').length;
const append = {
  kind: 'patch',
  object,
  patchType: 'application/json-patch+json',
  patch: [{ op: 'remove', path: '/data/a' }],
} as const;
const merge = {
  kind: 'patch',
  object,
  patchType: 'application/merge-patch+json',
  patch: { data: { b: '2' } },
} as const;

describe('objects', () => {
  it('are made, made to say what is wanted, patched and deleted, each once', async () => {
    const manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: 'shop' },
      data: { a: '1' },
    };
    const create = { kind: 'create', object, manifest } as const;
    expect(await run(create)).toBe('done');
    const before = written();
    expect([await run(create), written() - before]).toEqual(['done', 0]);
    expect(await run({ ...create, manifest: { ...manifest, data: { a: '2' } } })).toBe('done');
    expect(await run(merge)).toBe('done');
    expect(map()?.['data']).toEqual({ a: '2', b: '2' });
    expect([await run({ kind: 'delete', object }), map()]).toEqual(['done', undefined]);
    expect([await run({ kind: 'delete', object }), await run(merge)]).toEqual(['done', 'done']);
  });

  it('of the same name that came later are left alone', async () => {
    addMap();
    const by = worker();
    const target = await by.resolve({ kind: 'delete', object }, never);
    kube.fake.delete({ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', namespace: 'shop' });
    addMap({ second: '1' });
    for (const body of [{ kind: 'delete', object }, merge] as const) {
      const result = await by.work({ body, record: record(target, body.kind), isResumed: false }, never);
      expect(result).toMatchObject({ outcome: { is: 'done' } });
    }
    expect(map()?.['data']).toEqual({ second: '1' });
  });

  it('are not patched a second time where twice is not the same', async () => {
    addMap();
    expect(await run(append, { isResumed: true })).toMatch(/^internal: it was begun before/u);
    expect(await run(merge, { isResumed: true })).toBe('done');
    kube.fake.faults.add({ match: { verb: 'patch', times: 1 }, action: { type: 'reset' } });
    expect(await run(append)).toMatch(/^unavailable: whether it was done cannot be told/u);
    expect(map()?.['data']).toEqual({ a: '1', b: '2' });
    // Only what the API server has said no to is not done: an answer in pieces was a yes, perhaps.
    const patch = kube.client.patch.bind(kube.client);
    kube.client.patch = async (path, wish, signal) => {
      await patch(path, wish, signal);
      throw new KubeError('KUBE_STREAM_BROKEN', 'the answer is no JSON');
    };
    const before = written();
    expect(await run(append)).toMatch(/^unavailable: whether it was done cannot be told/u);
    expect([map()?.['data'], written() - before]).toEqual([{ b: '2' }, 1]);
  });
});

describe('what is not the API server', () => {
  const node = { name: 'n', nodeId: 'id', providerId: '' };
  const addNode = (): void =>
    void kube.fake.create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n', labels: { 'provisioner.cast.ai/node-id': 'id' } },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
  const alive = () => kube.fake.get({ apiVersion: 'v1', kind: 'Node', name: 'n' });

  it('says of no node that it is gone, and of no node that it is empty', async () => {
    addNode();
    const pod = { name: 'p', namespace: 'shop' };
    kube.fake.create({ apiVersion: 'v1', kind: 'Pod', metadata: pod, spec: { nodeName: 'n' }, status: {} });
    const answers = [
      { match: { resource: 'nodes' }, status: 404, body: '<html>default backend - 404</html>' },
      { match: { resource: 'nodes' }, status: 404, body: '404 page not found' },
      { match: { verb: 'list', resource: 'pods' }, status: 200, body: { hello: 'portal' } },
    ];
    const body = { kind: 'deleteNode', node } as const;
    const by = worker({ pace: 2000 });
    const target = await by.resolve(body, never);
    for (const { match, ...answer } of answers) {
      const disarm = kube.fake.faults.add({ match, action: { type: 'respond', ...answer } });
      const { outcome } = (await by.work({ body, record: record(target, 'deleteNode'), isResumed: false }, never)) as {
        outcome?: unknown;
      };
      // Patience has an end, and what it came to is not that it was done.
      expect(outcome).toMatchObject({ is: 'failed', code: 'unavailable' });
      disarm();
      expect(alive()).toBeDefined();
    }
  });
});

describe('a webhook', () => {
  it('that refuses an eviction until the pod has been moved is asked again, and rights that are missing are not', async () => {
    const message = 'admission webhook "drain-cleaner.strimzi.io" denied the request: the operator will restart it';
    const refuses = (code: number, words: string) => ({
      match: { verb: 'create', resource: 'pods', times: 2 },
      action: { type: 'respond', status: code, body: { kind: 'Status', code, message: words } } as const,
    });
    const body = { kind: 'evictPod', namespace: 'shop', name: 'p', timeoutMs: 600_000 } as const;
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'shop' } };
    for (const code of [403, 404, 409]) {
      kube.fake.create({ ...pod, spec: { nodeName: 'n' }, status: {} });
      kube.fake.faults.add(refuses(code, message));
      expect([code, await run(body, { by: worker({ pace: 1000 }) })]).toEqual([code, 'done']);
    }
    kube.fake.create({ ...pod, spec: { nodeName: 'n' }, status: {} });
    kube.fake.faults.add(refuses(403, 'pods "p" is forbidden: User "a" cannot create resource "pods/eviction"'));
    expect(await run(body)).toMatch(/^forbidden: /u);
  });
});

describe('a step', () => {
  it('is done again while that may help, and not when it cannot', async () => {
    addMap();
    const respond = (status: number) => ({ type: 'respond', status, body: { kind: 'Status', code: status } }) as const;
    kube.fake.faults.add({ match: { verb: 'patch', times: 2 }, action: respond(503) });
    expect(await run(merge)).toBe('done');
    kube.fake.faults.add({ match: { verb: 'patch', times: 1 }, action: respond(409) });
    expect(await run({ ...merge, patch: { data: { c: '3' } } })).toBe('done');
    const before = written();
    const disarm = kube.fake.faults.add({ match: { verb: 'patch' }, action: respond(409) });
    expect(await run(merge)).toMatch(/^unavailable: /u);
    expect(written() - before).toBe(6);
    disarm();
    kube.fake.faults.add({ match: { verb: 'patch', times: 1 }, action: respond(403) });
    expect(await run(merge)).toMatch(/^forbidden: /u);
  });

  it('bears an API server that is away for ten minutes, counted from when it went and not from when the step began', async () => {
    const clock = new ManualClock();
    const world = { isAway: false, ready: 'False' };
    const client = {
      get: (): Promise<Record<string, unknown>> => {
        if (world.isAway) return Promise.reject(new KubeError('KUBE_UNREACHABLE', 'no route'));
        const metadata = { name: 'n-1', uid: 'u-1', labels: { 'provisioner.cast.ai/node-id': 'id-1' } };
        const conditions = [{ type: 'Ready', status: world.ready }];
        return Promise.resolve({ apiVersion: 'v1', kind: 'Node', metadata, spec: {}, status: { conditions } });
      },
    };
    const by = worker({ clock, client, random: () => 0.5 });
    const node = { name: 'n-1', nodeId: 'id-1', providerId: '' };
    const body = { kind: 'checkNodeStatus', node, wanted: 'ready', timeoutMs: 7_200_000 } as const;
    const task = { body, record: { ...record({ is: 'none' }, body.kind), claimedAtMs: clock.now() }, isResumed: false };
    const ended: WorkResult[] = [];
    const begin = () => void by.work(task, never).then((result) => ended.push(result));
    begin();
    // Twice, because the second outage is not the first one going on.
    for (let turn = 0; turn < 2; turn += 1) {
      await clock.advance(900_000);
      world.isAway = true;
      await clock.advance(540_000);
      expect(ended).toEqual([]);
      world.isAway = false;
    }
    world.ready = 'True';
    await clock.advance(40_000);
    expect(ended).toMatchObject([{ outcome: { is: 'done' } }]);
    world.isAway = true;
    begin();
    await clock.advance(700_000);
    expect(ended[1]).toMatchObject({ outcome: { is: 'failed', code: 'unavailable', detail: 'no route' } });
  });

  it('is given up though reads are answered, where what it writes has failed for ten minutes', async () => {
    addMap();
    kube.fake.faults.add({ match: { verb: 'patch' }, action: { type: 'respond', status: 503 } });
    expect(await run(merge, { by: worker({ pace: 5000 }) })).toMatch(/^unavailable: /u);
  });

  it('writes nothing once the lease is lost, and calls that no outcome', async () => {
    addMap();
    const before = written();
    const end = new AbortController();
    let looks = 0;
    const by = worker({
      isHeld: () => {
        looks += 1;
        if (looks === 3) end.abort(new Error('the term is over'));
        return false;
      },
    });
    const target = await by.resolve(merge, never);
    const task = { body: merge, record: record(target, 'patch'), isResumed: false };
    await expect(by.work(task, end.signal)).rejects.toThrow('the term is over');
    expect(written()).toBe(before);
  });
});

describe('the drain of a node', () => {
  const body = {
    kind: 'drainNode',
    node: { name: 'n', nodeId: 'x', providerId: '' },
    timeoutMs: 100_000_000,
    force: false,
    awaitsVolumes: false,
    volumesMs: 0,
  } as const;
  beforeEach(() => {
    const metadata = { name: 'n', labels: { 'provisioner.cast.ai/node-id': 'x' } };
    kube.fake.create({ apiVersion: 'v1', kind: 'Node', metadata, spec: { unschedulable: true } });
    const pod = { name: 'slow', namespace: 'shop', finalizers: ['example.com/slow'] };
    kube.fake.create({ apiVersion: 'v1', kind: 'Pod', metadata: pod, spec: { nodeName: 'n', containers: [] } });
  });

  it('tells of a budget though it has told before of an API server that was busy for a second', async () => {
    const match = { verb: 'create', resource: 'pods' } as const;
    kube.fake.faults.add({ match: { ...match, times: 1 }, action: { type: 'respond', status: 429 } });
    const details = { causes: [{ reason: 'DisruptionBudget' }] };
    const answer = { kind: 'Status', code: 429, reason: 'TooManyRequests', message: 'no', details };
    kube.fake.faults.add({ match, action: { type: 'respond', status: 429, body: answer } });
    const blocks: string[] = [];
    const by = worker({
      onNodeNews: (_, { reason, message }) => void (reason === 'DrainBlocked' && blocks.push(message)),
    });
    const target = await by.resolve(body, never);
    const end = new AbortController();
    const task = { body, record: { ...record(target, 'drainNode'), step: 'evict' as const }, isResumed: false };
    const drained = by.work(task, end.signal);
    const budget = '1 pods are not let go yet: shop/slow (budget)';
    await eventually({ what: 'the budget is told', look: () => blocks.at(-1), until: (last) => last === budget });
    expect(blocks).toEqual(['1 pods are not let go yet: shop/slow (busy)', budget]);
    end.abort(new Error('the term is over'));
    await expect(drained).rejects.toThrow('the term is over');
  });

  it('is held up by nothing any more when the term ends', async () => {
    const held: number[] = [];
    const by = worker({ onHeld: (_id, pods) => void held.push(pods.length) });
    const target = await by.resolve(body, never);
    const end = new AbortController();
    const task = { body, record: { ...record(target, 'drainNode'), step: 'evict' as const }, isResumed: false };
    const drained = by.work(task, end.signal);
    await eventually({ what: 'it is held up', look: () => held.at(-1), until: (count) => count === 1 });
    end.abort(new Error('the term is over'));
    await expect(drained).rejects.toThrow('the term is over');
    expect(held.at(-1)).toBe(0);
  });
});

describe('the deletion of a node', () => {
  const body = { kind: 'deleteNode', node: { name: 'n', nodeId: 'x', providerId: '' } } as const;
  const node = (more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', labels: { 'provisioner.cast.ai/node-id': 'x' }, ...more },
  });
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
  const names = (collection: string): string[] => kube.fake.objects(collection).map(({ metadata }) => metadata.name);

  it('touches nothing of a machine that gets the name between two reads', async () => {
    const get = kube.client.get.bind(kube.client);
    for (const step of ['pods', 'attachments'] as const) {
      let isNew = false;
      kube.client.get = async (path, signal) => {
        const answer = await get(path, signal).catch((error: unknown) => error as Error);
        if (!isNew) {
          isNew = true;
          kube.fake.create(node());
          const spec = { nodeName: 'n', attacher: 'a', source: { persistentVolumeName: step } };
          kube.fake.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: step, namespace: 'shop' }, spec });
          const metadata = { name: step };
          kube.fake.create({ apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', metadata, spec });
        }
        if (answer instanceof Error) throw answer;
        return answer;
      };
      const task = { body, record: { ...record({ is: 'found', uid: 'gone' }, 'deleteNode'), step }, isResumed: true };
      await worker().work(task, never);
      expect(names('nodes')).toEqual(['n']);
      kube.fake.delete({ apiVersion: 'v1', kind: 'Node', name: 'n' });
    }
    expect([names('pods').toSorted(), names('volumeattachments.storage.k8s.io').toSorted()]).toEqual([
      ['attachments', 'pods'],
      ['attachments', 'pods'],
    ]);
  });

  it('waits until the pods that a drain has left have ended as they ask to', async () => {
    kube.fake.create({ ...node(), spec: { unschedulable: true }, status: ready });
    const spec = { nodeName: 'n', tolerations: [{ operator: 'Exists' }], terminationGracePeriodSeconds: 3600 };
    const slow = { finalizers: ['example.com/slow'] };
    for (const name of ['agent', 'slow']) {
      const metadata = { name, namespace: 'shop', ...(name === 'slow' ? slow : {}) };
      kube.fake.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
    }
    const bodies: object[] = [];
    const remove = kube.client.delete.bind(kube.client);
    kube.client.delete = async (path, options, signal) => {
      bodies.push({ path, options });
      return remove(path, options, signal);
    };
    const uids = kube.fake.objects('pods').map(({ metadata }) => metadata.uid);
    const by = worker({ isEmptied: true, pace: 10 });
    const target = await by.resolve(body, never);
    const task = { body, record: { ...record(target, 'deleteNode'), step: 'node' as const }, isResumed: false };
    const work = by.work(task, never);
    await eventually({ what: 'one has ended', look: () => names('pods'), until: (left) => left.length === 1 });
    const looks = kube.fake.requests.count({ verb: 'get', resource: 'nodes' });
    await eventually({
      what: 'it has looked again',
      look: () => kube.fake.requests.count({ verb: 'get', resource: 'nodes' }),
      until: (count) => count > looks + 1,
    });
    expect([names('nodes'), names('pods')]).toEqual([['n'], ['slow']]);
    kube.fake.update({ apiVersion: 'v1', kind: 'Pod', name: 'slow', namespace: 'shop' }, (one) => {
      one.metadata['finalizers'] = [];
    });
    expect([await work, names('nodes')]).toEqual([{ is: 'advanced', step: 'pods', progress: {} }, []]);
    // Each once, on condition of its uid, and with no other time of grace than its own.
    expect(bodies.slice(0, 2)).toEqual(
      ['agent', 'slow'].map((name, index) => ({
        path: `/api/v1/namespaces/shop/pods/${name}`,
        options: { preconditions: { uid: uids[index] } },
      })),
    );
    expect(bodies.length).toBe(3);
  });

  it('gives what holds the node ten minutes of its own, however long the pods of the node took before', async () => {
    for (const heldMs of [1_100_000, Infinity]) {
      kube.fake.create({
        ...node({ finalizers: ['karpenter.sh/termination'] }),
        spec: { unschedulable: true },
        status: ready,
      });
      const spec = { nodeName: 'n', tolerations: [{ operator: 'Exists' }], terminationGracePeriodSeconds: 3600 };
      const metadata = { name: `slow-${heldMs}`.toLowerCase(), namespace: 'shop', finalizers: ['example.com/slow'] };
      kube.fake.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
      let atMs = 0;
      const sleep = async (ms: number): Promise<void> => {
        const wasHeld = atMs < heldMs;
        atMs += 10 * ms;
        if (!wasHeld || atMs < heldMs) return;
        kube.fake.update(
          { apiVersion: 'v1', kind: 'Node', name: 'n' },
          (one) => void (one.metadata['finalizers'] = []),
        );
      };
      const by = worker({ isEmptied: true, clock: { ...systemClock, monotonicMs: () => atMs, sleep } });
      const target = await by.resolve(body, never);
      const task = { body, record: { ...record(target, 'deleteNode'), step: 'node' as const }, isResumed: false };
      const result = await by.work(task, never);
      if (heldMs < Infinity) expect(result).toEqual({ is: 'advanced', step: 'pods', progress: {} });
      else expect([result, atMs]).toMatchObject([{ outcome: { is: 'failed', code: 'timeout' } }, 1_150_000]);
    }
  });

  it('is over when the node is gone, and not when it was asked to go', async () => {
    kube.fake.create(node({ finalizers: ['karpenter.sh/termination'] }));
    const by = worker();
    const target = await by.resolve(body, never);
    const task = { body, record: { ...record(target, 'deleteNode'), step: 'node' as const }, isResumed: false };
    const first = by.work(task, never);
    await eventually({
      what: 'the node was asked to go',
      look: () => kube.fake.objects('nodes')[0]?.metadata['deletionTimestamp'],
      until: (at) => at !== undefined,
    });
    kube.fake.update({ apiVersion: 'v1', kind: 'Node', name: 'n' }, (one) => {
      one.metadata['finalizers'] = [];
    });
    expect([await first, names('nodes')]).toEqual([{ is: 'advanced', step: 'pods', progress: {} }, []]);
  });
});

describe('an event', () => {
  it('is written once, also when the answer was lost', async () => {
    const about = {
      apiVersion: 'v1',
      kind: 'Node',
      namespace: '',
      name: 'n',
      uid: 'u',
      resourceVersion: '',
      fieldPath: '',
    };
    const event = {
      kind: 'createEvent',
      reporter: 'r',
      about,
      type: 'Warning',
      reason: 'R',
      action: '',
      message: 'm',
    } as const;
    expect([await run(event), await run(event)]).toEqual(['done', 'done']);
    expect(kube.fake.objects('events')).toHaveLength(1);
  });
});
