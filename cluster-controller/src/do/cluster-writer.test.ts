import { FakeKubeClient } from '@castai/test/fakes/fake-kube-client.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DryWriter, RealWriter } from './cluster-writer.ts';

const never = new AbortController().signal;
const MAPS = '/api/v1/namespaces/shop/configmaps';
const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
const patch = { contentType: 'application/merge-patch+json', body: { data: { a: '1' } } } as const;
let kube: FakeKubeClient;
beforeEach(async () => {
  kube = await FakeKubeClient.start('shop');
});
afterEach(() => kube[Symbol.asyncDispose]());

describe('the writer', () => {
  it('writes as long as the lease is held, and not one request longer', async () => {
    let isHeld = true;
    const writer = new RealWriter({ client: kube.client, isHeld: () => isHeld });
    await writer.create(MAPS, map, never);
    await writer.patch(`${MAPS}/c`, patch, never);
    isHeld = false;
    const pod = { namespace: 'shop', name: 'p', uid: 'u' };
    for (const write of [
      () => writer.patch(`${MAPS}/c`, patch, never),
      () => writer.create(MAPS, map, never),
      () => writer.delete(`${MAPS}/c`, {}, never),
      () => writer.pods.evict(pod, never),
      () => writer.pods.remove(pod, never),
    ]) {
      await expect(write()).rejects.toMatchObject({ code: 'ABORTED' });
    }
    expect(kube.fake.requests.entries().filter(({ method }) => method !== 'GET')).toHaveLength(2);
  });

  it('has sixteen writes under way at once, and those that waited look at the lease when their turn comes', async () => {
    let isHeld = true;
    const answers: (() => void)[] = [];
    const answered = (): Promise<Record<string, unknown>> => new Promise((resolve) => answers.push(() => resolve({})));
    const client = { patch: answered, create: answered, delete: async () => void (await answered()) };
    const writer = new RealWriter({ client, isHeld: () => isHeld });
    const pod = { namespace: 'shop', name: 'p', uid: 'u' };
    const writes = Array.from({ length: 10 }, () => [
      writer.create(MAPS, map, never),
      writer.pods.evict(pod, never),
    ]).flat();
    const over = Promise.allSettled(writes);
    expect(answers).toHaveLength(16);
    isHeld = false;
    for (const answer of answers) answer();
    const ends = (await over).map((end) => (end.status === 'fulfilled' ? 'written' : (end.reason as Error).message));
    expect(ends.slice(0, 16)).toEqual(Array.from({ length: 16 }, () => 'written'));
    expect(new Set(ends.slice(16))).toEqual(new Set(['the lease is lost: nothing is written any more']));
    expect(answers).toHaveLength(16);
  });

  it('of a dry run has all of it judged, and says what it would have done', async () => {
    const told: string[] = [];
    const writer = new DryWriter({
      client: kube.client,
      observer: {
        onDryWrite: (verb, path) => void told.push(`${verb} ${path}`),
        onDryEviction: ({ name }, how) => void told.push(`${how} ${name}`),
      },
    });
    const respond = { type: 'respond', status: 200, body: map } as const;
    kube.fake.faults.add({ match: {}, action: respond });
    await writer.patch(`${MAPS}/c`, patch, never);
    await writer.create(MAPS, map, never);
    await writer.delete(`${MAPS}/c`, {}, never);
    expect(await writer.pods.evict({ namespace: 'shop', name: 'p', uid: 'u' }, never)).toBe('spared');
    expect(told).toEqual([`patch ${MAPS}/c`, `create ${MAPS}`, `delete ${MAPS}/c`, 'evict p']);
    expect(kube.fake.requests.entries().map(({ query }) => query['dryRun'])).toEqual(['All', 'All', 'All', 'All']);
  });
});
