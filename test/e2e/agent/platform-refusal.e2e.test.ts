/** The platform does not take what it is sent: too large, poisoned, or with a key that is no good. */
import { rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StoredObject } from '../../platform-rig/client.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type FakeStage, newLife, referenceTo, startFakeStage, touch } from '../../stages/agent/fake-stage.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';

const POISON = 'poisoned-pod';

/** A pod of this name, like the others. */
function addPod({ cluster: { fake } }: FakeStage, name: string, annotation = ''): void {
  const [pod] = fake.objects('pods');
  if (pod === undefined) throw new Error('the sample has no pods');
  const made = newLife(pod, name);
  made.metadata['annotations'] = { 'workloads.cast.ai/note': annotation };
  fake.create(made);
}

const podsAtPlatform = async ({ platform }: FakeStage): Promise<string[]> =>
  (await platform.control.allObjects({ feed: 'pods' })).map(({ name }: StoredObject) => name);

/** What the platform has of the feed of the pods. */
async function feedOfPods(stage: FakeStage) {
  const cluster = await stage.platform.control.cluster(await stage.clusterId());
  return cluster?.feeds.find(({ resource, group }) => resource === 'pods' && group === '');
}

async function untilPodsAreComplete(stage: FakeStage): Promise<void> {
  await eventually({
    what: 'the platform has a resume point of the pods',
    look: () => feedOfPods(stage),
    until: (feed) => feed?.resumePoint !== undefined && feed.state === 'SYNCED',
  });
}

describe.concurrent('an object that the platform refuses', () => {
  test('is given up alone when it is in a change: the others arrive, it is counted and logged (C64)', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent();
    await stage.platform.control.addFault({ on: 'batch', action: { type: 'poison', name: POISON, as: 'batch' } });
    const { fake } = stage.cluster;
    for (const name of ['before-1', 'before-2', POISON, 'after-1', 'after-2']) addPod(stage, name);
    await eventually({
      what: 'the other pods are there',
      look: () => podsAtPlatform(stage),
      until: (names) => ['before-1', 'before-2', 'after-1', 'after-2'].every((name) => names.includes(name)),
    });
    expect(await podsAtPlatform(stage)).not.toContain(POISON);
    expect(await agent.metric('castai_agent_dropped_entries_total', { reason: 'REJECTED' })).toBe(1);
    expect(await agent.problems()).toContain('an object was given up: REJECTED');
    const uid = fake.objects('pods').find(({ metadata }) => metadata.name === POISON)?.metadata.uid;
    expect(agent.log.filter(({ reason }) => reason === 'REJECTED')).toMatchObject([{ level: 'error', uid }]);
    // It is sent again when it changes.
    await stage.platform.control.clearFaults();
    fake.update({ apiVersion: 'v1', kind: 'Pod', name: POISON, namespace: namespaceOf(stage, POISON) }, touch);
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('is given up alone when it is in a snapshot, which is complete all the same (C64)', async () => {
    await using stage = await startFakeStage();
    addPod(stage, POISON);
    await stage.platform.control.addFault({ on: 'batch', action: { type: 'poison', name: POISON, as: 'batch' } });
    const agent = await stage.startReadyAgent();
    await untilPodsAreComplete(stage);
    expect(await podsAtPlatform(stage)).toHaveLength(stage.cluster.fake.objects('pods').length - 1);
    expect(await agent.metric('castai_agent_dropped_entries_total', { reason: 'REJECTED' })).toBe(1);
    expect(await agent.metric('castai_agent_watch_restarts_total', { feed: 'pods' })).toBe(0);
  });

  test('together with its neighbours: a snapshot with six of them side by side is complete with exactly these six missing', async () => {
    await using stage = await startFakeStage();
    const neighbours = Array.from({ length: 6 }, (_, index) => `${POISON}-${index}`);
    for (const name of neighbours) {
      addPod(stage, name);
      await stage.platform.control.addFault({ on: 'batch', action: { type: 'poison', name, as: 'batch' } });
    }
    const agent = await stage.startReadyAgent();
    await untilPodsAreComplete(stage);
    const missing = stage.cluster.fake
      .objects('pods')
      .map(({ metadata: { name } }) => name)
      .filter((name) => !neighbours.includes(name));
    expect((await podsAtPlatform(stage)).toSorted()).toEqual(missing.toSorted());
    expect(await agent.metric('castai_agent_dropped_entries_total', { reason: 'REJECTED' })).toBe(6);
    expect(await agent.metric('castai_agent_watch_restarts_total', { feed: 'pods' })).toBe(0);
    const row = (await agent.rows('Met lately')).find(({ what }) => what === 'an object was given up: REJECTED');
    expect(row).toMatchObject({ count: 6 });
    // The one session that it began with.
    expect((await stage.platform.control.cluster(await stage.clusterId()))?.epoch).toBe(1);
  });

  test('as all of its kind: the feed is set aside, what the platform has of it stays, and the others go on', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent({ haste: 20 });
    expect(await stage.verdict()).toEqual(ALL_WELL);
    const { fake } = stage.cluster;
    const before = await podsAtPlatform(stage);
    const pods = fake.objects('pods');
    for (const { metadata } of pods) {
      await stage.platform.control.addFault({
        on: 'batch',
        action: { type: 'poison', name: metadata.name, as: 'batch' },
      });
    }
    // Asked for by a platform that doubts what it has, the whole feed goes out again, and not offers of it.
    await stage.platform.control.requestResync(await stage.clusterId(), ['pods'], true);
    await eventually({
      what: 'the feed is set aside',
      look: () => agent.feed('pods'),
      until: ({ phase }) => phase === 'refused',
    });
    const [node] = fake.objects('nodes');
    if (node === undefined) throw new Error('the sample has no nodes');
    fake.update(referenceTo(node), touch);
    const version = fake.objects('nodes').find(({ metadata }) => metadata.uid === node.metadata.uid)
      ?.metadata.resourceVersion;
    await eventually({
      what: 'the platform is told, and has the change of another feed',
      look: async () => ({
        state: (await feedOfPods(stage))?.state,
        nodes: (await stage.platform.control.allObjects({ feed: 'nodes' })).map((one) => one.resourceVersion),
      }),
      until: ({ state, nodes }) => state === 'DEGRADED' && nodes.includes(version ?? ''),
    });
    expect((await podsAtPlatform(stage)).toSorted()).toEqual(before.toSorted());
    expect(await agent.problems()).toContain('pods: the platform takes no object of it: REJECTED');
    expect(await agent.metric('castai_agent_feed_synced', { feed: 'pods' })).toBe(0);
    expect(
      await agent.metric('castai_agent_watch_restarts_total', { feed: 'pods', reason: 'refused' }),
    ).toBeGreaterThan(0);
    // Cured, it comes back by itself.
    await stage.platform.control.clearFaults();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('entry by entry is counted by code, and keeps its last known state (rule 9)', async () => {
    await using stage = await startFakeStage();
    addPod(stage, POISON);
    const agent = await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await stage.platform.control.addFault({ on: 'batch', action: { type: 'poison', name: POISON, as: 'entry' } });
    for (const pod of stage.cluster.fake.objects('pods')) stage.cluster.fake.update(referenceTo(pod), touch);
    await eventually({
      what: 'the rejection is counted',
      look: () => agent.metric('castai_agent_rejected_entries_total', { code: 'OTHER' }),
      until: (count) => count === 1,
    });
    expect(await agent.problems()).toContain('the platform could not use an object: POISONED');
    expect(await podsAtPlatform(stage)).toContain(POISON);
    // The others may travel in a later batch than the poison; what stays different in the end is the poison alone.
    await eventually({
      what: 'only the poison differs',
      look: () => withoutPoison(stage),
      until: ({ differences }) => differences === 1,
    });
  });

  test('alone is too large is given up, counted and logged, and the rest of the batch arrives in halves (C63, C23)', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent();
    await stage.platform.control.addFault({ on: 'batch', action: { type: 'limit', bytes: 20_000 } });
    for (let index = 0; index < 20; index += 1) addPod(stage, `small-${index}`);
    addPod(stage, 'large', Array.from({ length: 4000 }, (_, index) => `note ${index};`).join(''));
    for (let index = 20; index < 40; index += 1) addPod(stage, `small-${index}`);
    await eventually({
      what: 'every small pod is there',
      look: () => podsAtPlatform(stage),
      until: (names) => names.filter((name) => name.startsWith('small-')).length === 40,
    });
    expect(await agent.metric('castai_agent_batches_total', { result: 'too_large' })).toBeGreaterThan(0);
    await stage.platform.control.clearFaults();
    expect((await stage.verdict()).violations).toEqual([]);
  });

  test('all of them is no reason to throw the cluster away: the session begins anew', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent({ haste: 20 });
    const fault = await stage.platform.control.addFault({ on: 'batch', action: { type: 'status', status: 400 } });
    for (const kind of ['pods', 'nodes', 'services']) {
      for (const one of stage.cluster.fake.objects(kind)) stage.cluster.fake.update(referenceTo(one), touch);
    }
    await agent.untilNotReady('HTTP 400');
    // Five of a feed are given up before it is doubted, and come again with its snapshot.
    expect(await agent.metric('castai_agent_dropped_entries_total', { reason: 'REJECTED' })).toBeLessThanOrEqual(15);
    await stage.platform.control.clearFaults(fault.id);
    await agent.untilReady();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('all of them from the start is told, and nothing is given up however long it lasts', async () => {
    await using stage = await startFakeStage();
    const fault = await stage.platform.control.addFault({ on: 'batch', action: { type: 'status', status: 422 } });
    const agent = await stage.startAgent({ haste: 20 });
    await agent.untilNotReady('HTTP 422');
    await eventually({
      what: 'it has tried again and again',
      look: () => agent.metric('castai_agent_batches_total', { result: 'rejected' }),
      until: (attempts) => attempts >= 12,
    });
    expect(await agent.metric('castai_agent_dropped_entries_total', { reason: 'REJECTED' })).toBe(0);
    await stage.platform.control.clearFaults(fault.id);
    await agent.untilReady();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await agent.metric('castai_agent_dropped_entries_total', { reason: 'REJECTED' })).toBe(0);
  });
});

describe.concurrent('a key that the platform refuses', () => {
  /** As the kubelet replaces a file. */
  async function writeKey(file: string, key: string): Promise<void> {
    await writeFile(`${file}.new`, `${key}\n`);
    await rename(`${file}.new`, file);
  }

  async function startWithKeyFile(key: string) {
    const stage = await startFakeStage({ platform: { apiKeys: [key] } });
    const keyFile = join(dirname(stage.cluster.tokenFile), 'api-key');
    await writeKey(keyFile, key);
    return { stage, keyFile, env: { API_KEY: '', API_KEY_FILE: keyFile } };
  }

  test('and is replaced in its file at the same time is no trouble (C65)', async () => {
    const { stage: started, keyFile, env } = await startWithKeyFile('first-key');
    await using stage = started;
    const agent = await stage.startReadyAgent({ env, haste: 20 });
    await stage.platform.control.setApiKeys(['second-key']);
    await writeKey(keyFile, 'second-key');
    stage.cluster.fake.churn.change(20);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(agent.output).not.toMatch(/first-key|second-key/u);
  });

  test('is told, and nothing is lost until there is another one in the file (C65)', async () => {
    const { stage: started, keyFile, env } = await startWithKeyFile('first-key');
    await using stage = started;
    const agent = await stage.startReadyAgent({ env, haste: 20 });
    await stage.platform.control.setApiKeys(['second-key']);
    stage.cluster.fake.churn.run(30);
    await agent.untilNotReady('HTTP 401');
    expect((await agent.page('/healthz')).status).toBe(200);
    const delivery = await agent.section('Delivery');
    expect(delivery['last refusal']).toContain('HTTP 401');
    expect(delivery['what to do']).toContain('API_KEY_FILE');
    expect(await agent.metric('castai_agent_batches_total', { result: 'unauthorized' })).toBeGreaterThan(0);
    stage.cluster.fake.churn.run(0);
    await writeKey(keyFile, 'second-key');
    await agent.untilReady();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect((await stage.platform.control.cluster(await stage.clusterId()))?.epoch).toBe(1);
    expect(agent.output).not.toMatch(/first-key|second-key/u);
  });

  test('from the start is told by the registration, and an empty file in between changes nothing (C65)', async () => {
    const { stage: started, keyFile, env } = await startWithKeyFile('first-key');
    await using stage = started;
    await stage.platform.control.setApiKeys(['second-key']);
    const agent = await stage.startAgent({ env, haste: 20 });
    await eventually({
      what: '/statusz tells about the key',
      look: () => agent.section('Cluster'),
      until: (row) => String(row['last registration failure']).includes('401'),
    });
    await writeKey(keyFile, '');
    await agent.untilNotReady('is empty');
    await writeKey(keyFile, 'second-key');
    await agent.untilReady();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });
});

function namespaceOf({ cluster: { fake } }: FakeStage, name: string): string {
  return String(fake.objects('pods').find(({ metadata }) => metadata.name === name)?.metadata.namespace);
}

/** How many objects the platform does not have as they are. */
async function withoutPoison(stage: FakeStage): Promise<{ differences: number }> {
  const versions = new Map(
    (await stage.platform.control.allObjects({ feed: 'pods' })).map(({ uid, resourceVersion }) => [
      uid,
      resourceVersion,
    ]),
  );
  const pods = stage.cluster.fake.objects('pods');
  return {
    differences: pods.filter(({ metadata: { uid = '', resourceVersion } }) => versions.get(uid) !== resourceVersion)
      .length,
  };
}
