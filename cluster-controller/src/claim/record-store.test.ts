import { FakeKubeClient } from '@castai/test/fakes/fake-kube-client.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ActionRecord, formatRecord, type LeaderEpoch } from './action-record.ts';
import { recordKey, shardName, shardOf, SHARDS } from './record-shard.ts';
import { KubeRecordStore } from './record-store.ts';

const NAMESPACE = 'castai-agent';
const never = new AbortController().signal;
const epoch = (transitions: number): LeaderEpoch => ({ lease: 'l', transitions });
const record = (id: string, more: Partial<ActionRecord> = {}): ActionRecord => ({
  id,
  kind: 'deleteNode',
  epoch: epoch(1),
  claimedAtMs: 1,
  target: { is: 'found', uid: 'u' },
  step: 'node',
  progress: {},
  ...more,
});

let kube: FakeKubeClient;
const store = (isHeld = true): KubeRecordStore =>
  new KubeRecordStore({ client: kube.client, namespace: NAMESPACE, isHeld: () => isHeld });
/** What the next leader finds; the order says nothing. */
const found = (result: Awaited<ReturnType<KubeRecordStore['takeOver']>>): ReadonlySet<unknown> =>
  new Set<unknown>(result === 'fenced' ? [] : result);
const maps = () =>
  kube.fake
    .objects('configmaps')
    .filter(({ metadata }) => metadata.name.startsWith('castai-cluster-controller-actions-'));

beforeEach(async () => {
  kube = await FakeKubeClient.start(NAMESPACE);
});
afterEach(() => kube[Symbol.asyncDispose]());

describe('the store of records', () => {
  it('gives to the next leader what the one before has saved and not erased', async () => {
    const first = store();
    expect(await first.takeOver(epoch(1), never)).toEqual([]);
    const saved = ['a-1', 'b:2', 'c-3'].map((id) => record(id));
    expect(await Promise.all(saved.map((one) => first.save(one, never)))).toEqual(['saved', 'saved', 'saved']);
    expect(await first.save(record('a-1', { step: 'pods' }), never)).toBe('saved');
    expect(await first.erase('c-3', never)).toBe('saved');
    expect(found(await store().takeOver(epoch(2), never))).toEqual(
      new Set([
        { is: 'record', record: record('a-1', { step: 'pods' }) },
        { is: 'record', record: record('b:2') },
      ]),
    );
    expect(maps()).toHaveLength(SHARDS);
  });

  it('tells a leader before that it leads no more, and keeps what the next one has', async () => {
    const [first, second] = [store(), store()];
    await first.takeOver(epoch(1), never);
    await first.save(record('a-1'), never);
    await second.takeOver(epoch(2), never);
    expect(await first.save(record('a-1', { step: 'pods' }), never)).toBe('fenced');
    expect(await first.save(record('new'), never)).toBe('fenced');
    expect(await first.erase('a-1', never)).toBe('fenced');
    expect(await first.takeOver(epoch(1), never)).toBe('fenced');
    expect(await second.save(record('new'), never)).toBe('saved');
    expect(await store().takeOver(epoch(3), never)).toHaveLength(2);
  });

  it('of two that take over at once at most the later one writes', async () => {
    const [first, second] = [store(), store()];
    await Promise.all([first.takeOver(epoch(1), never), second.takeOver(epoch(2), never)]);
    const results = await Promise.all([first.save(record('x'), never), second.save(record('x'), never)]);
    expect(results).toEqual(['fenced', 'saved']);
  });

  it('writes again what it was not answered about, and beside what a person has edited', async () => {
    const own = store();
    await own.takeOver(epoch(1), never);
    await own.save(record('a-1'), never);
    const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/${shardName(shardOf('a-1'))}`;
    const body = { data: { 'a.by-hand': 'x' } };
    await kube.client.patch(path, { contentType: 'application/merge-patch+json', body }, never);
    expect(await own.save(record('a-1', { step: 'pods' }), never)).toBe('saved');
    expect(found(await store().takeOver(epoch(2), never))).toEqual(
      new Set([
        { is: 'doubted', id: 'by-hand', problem: 'its record cannot be read' },
        { is: 'record', record: record('a-1', { step: 'pods' }) },
      ]),
    );
  });

  it('knows by the key whose record it was that cannot be read, or says that of another action', async () => {
    const own = store();
    await own.takeOver(epoch(1), never);
    await Promise.all(['a-1', 'b:2', 'c-3'].map((id) => own.save(record(id), never)));
    const spoil = async (id: string, text: string): Promise<unknown> => {
      const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/${shardName(shardOf(id))}`;
      const body = { data: { [recordKey(id)]: text } };
      return kube.client.patch(path, { contentType: 'application/merge-patch+json', body }, never);
    };
    await spoil('a-1', '{"version":1,"id":"a-');
    await spoil('b:2', '');
    await spoil('c-3', formatRecord(record('d-4')));
    const problem = 'its record cannot be read';
    expect(found(await store().takeOver(epoch(2), never))).toEqual(
      new Set([{ is: 'doubted', id: 'a-1', problem }, { is: 'nameless' }, { is: 'doubted', id: 'c-3', problem }]),
    );
  });

  it('makes a ConfigMap again that somebody has deleted, with all that was in it, and only as the leader', async () => {
    const ids = Array.from({ length: 64 }, (_, index) => `id-${index}`).filter((id) => shardOf(id) === shardOf('id-0'));
    const saved = ids.map((id) => record(id));
    const [own, frozen] = [store(), store(false)];
    for (const one of [frozen, own]) {
      await one.takeOver(epoch(1), never);
      for (const kept of saved) await one.save(kept, never);
      const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/${shardName(shardOf('id-0'))}`;
      await kube.client.delete(path, {}, never);
      const changed = record('id-0', { step: 'pods' });
      expect(await one.save(changed, never)).toBe(one === own ? 'saved' : 'fenced');
      expect(found(await store().takeOver(epoch(1), never))).toEqual(
        new Set(one === own ? [changed, ...saved.slice(1)].map((kept) => ({ is: 'record', record: kept })) : []),
      );
    }
    expect(ids.length).toBeGreaterThan(1);
  });

  it('keeps less of what there is to say when there is much, so that it fits', async () => {
    const own = store();
    await own.takeOver(epoch(1), never);
    const outcome = { is: 'failed', code: 'timeout', detail: 'x'.repeat(4000) } as const;
    const ids = Array.from({ length: 10_000 }, (_, index) => `id-${index}`);
    await Promise.all(ids.map((id) => own.save(record(id, { outcome }), never)));
    for (const map of maps()) expect(JSON.stringify(map['data']).length).toBeLessThan(900 * 1024);
    expect(await store().takeOver(epoch(2), never)).toHaveLength(10_000);
  });

  it('puts together what comes while it writes', async () => {
    const own = store();
    await own.takeOver(epoch(1), never);
    const before = kube.fake.requests.entries().length;
    const many = Array.from({ length: 400 }, (_, index) => record(`id-${index}`));
    expect(new Set(await Promise.all(many.map((one) => own.save(one, never))))).toEqual(new Set(['saved']));
    expect(kube.fake.requests.entries().length - before).toBeLessThanOrEqual(2 * SHARDS);
    expect(await store().takeOver(epoch(2), never)).toHaveLength(400);
  });

  it('says what the API server says, and can go on', async () => {
    const own = store();
    await own.takeOver(epoch(1), never);
    const over = new AbortController();
    over.abort(new Error('over'));
    await expect(own.save(record('a'), over.signal)).rejects.toThrow('over');
    expect(await own.save(record('a'), never)).toBe('saved');
  });

  it('has keys that Kubernetes takes, each id its own', () => {
    expect(recordKey('a-1.b_c')).toBe('a.a-1.b_c');
    expect(recordKey('a:1')).toMatch(/^h\.[a-f\d]{64}$/u);
  });
});
