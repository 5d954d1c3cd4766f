/** What happens to objects while a feed is listed, and to the pages of the list itself. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type FakeStage, newLife, referenceTo, startFakeStage, touch } from '../../stages/agent/fake-stage.ts';
import { WIRES } from '../../judges/wire-promises.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';

/** Sixty pods are six pages of this size. */
const SMALL_PAGES = { PAGE_SIZE: '10' };
/** Long enough for a test to do something meanwhile; nothing depends on it. */
const HOLD_MS = 1500;
const PODS = { verb: 'list', resource: 'pods' } as const;

/** Questions after a single object (is the resource there, what is the newest version) are no pages, and PodMetrics are no pods. */
const pagesOfPods = ({ cluster }: FakeStage, hasContinue?: boolean): number =>
  cluster
    .agentRequests({ ...PODS, ...(hasContinue === undefined ? {} : { hasContinue }) })
    .filter(({ group, query }) => group === '' && query['limit'] !== '1').length;

/** Holds the answer to a page of the pods back, and resolves when the agent has asked for it. */
async function whilePageIsHeld(stage: FakeStage, page: number): Promise<void> {
  await eventually({
    what: `the agent asks for page ${page} of the pods`,
    look: () => pagesOfPods(stage),
    until: (count) => count >= page,
  });
}

/** One change of every kind, on the first, a middle and the last of the pods in the order of their pages. */
function changeEverywhere({ cluster: { fake } }: FakeStage): void {
  const pods = fake.objects('pods');
  const [first, second, third, fourth] = pods;
  const [beforeLast, last] = pods.slice(-2);
  const middle = pods.slice(28, 32);
  const all = [first, second, third, fourth, beforeLast, last, ...middle];
  if (!all.every((pod): pod is KubeObject => pod !== undefined)) throw new Error('there are too few pods');
  for (const pod of [first, middle[0], last]) fake.update(referenceTo(pod as KubeObject), touch);
  for (const pod of [second, middle[1], beforeLast]) fake.delete(referenceTo(pod as KubeObject));
  for (const pod of [third, middle[2]]) {
    fake.delete(referenceTo(pod as KubeObject));
    fake.create(newLife(pod as KubeObject));
  }
  fake.create(newLife(fourth as KubeObject, '0-first'));
  fake.create(newLife(fourth as KubeObject, 'zz-last'));
  fake.update({ apiVersion: 'v1', kind: 'Pod', name: '0-first', namespace: String(fourth?.metadata.namespace) }, touch);
}

describe.concurrent('objects that change while they are listed', () => {
  test('created, changed, deleted and replaced while the first page is on its way', async () => {
    await using stage = await startFakeStage({ env: SMALL_PAGES });
    const { fake } = stage.cluster;
    fake.faults.add({
      match: { ...PODS, times: 1 },
      action: { type: 'drip', bytes: 4096, everyMs: 50 },
    });
    const agent = await stage.startAgent();
    await whilePageIsHeld(stage, 1);
    changeEverywhere(stage);
    await agent.untilReady();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('created, changed, deleted and replaced between two pages (C35, C22)', async () => {
    await using stage = await startFakeStage({ env: SMALL_PAGES });
    const { fake } = stage.cluster;
    fake.faults.add({
      match: { ...PODS, hasContinue: true, skip: 1, times: 1 },
      action: { type: 'delay', ms: HOLD_MS },
    });
    const agent = await stage.startAgent();
    await whilePageIsHeld(stage, 3);
    changeEverywhere(stage);
    await agent.untilReady();
    expect(pagesOfPods(stage, false)).toBe(1);
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('created, changed, deleted and replaced between the list and the watch', async () => {
    await using stage = await startFakeStage();
    const { fake } = stage.cluster;
    fake.faults.add({ match: { verb: 'watch', resource: 'pods', times: 1 }, action: { type: 'delay', ms: HOLD_MS } });
    await stage.startAgent();
    await eventually({
      what: 'the agent asks for the watch of the pods',
      look: () => stage.cluster.agentRequests({ verb: 'watch', resource: 'pods' }).length,
      until: (count) => count > 0,
    });
    changeEverywhere(stage);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(pagesOfPods(stage)).toBe(1);
  });

  test('random changes all the while, with pages of ten objects', async () => {
    await using stage = await startFakeStage({ env: SMALL_PAGES, cluster: { pods: 150 } });
    stage.cluster.fake.churn.run(150);
    const agent = await stage.startReadyAgent();
    stage.cluster.fake.churn.run(0);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await agent.metric('castai_agent_dropped_entries_total')).toBe(0);
  });
});

describe.concurrent('a history that is shorter than a list', () => {
  test.for(WIRES)(
    'ends every list all the same, so that what is gone goes at the platform; and is even afterwards, on %s (C7, C29)',
    async (wire) => {
      await using stage = await startFakeStage({ env: { ...SMALL_PAGES, PLATFORM_WIRE: wire } });
      const { fake } = stage.cluster;
      const first = await stage.startReadyAgent();
      await first.process.kill();
      const [gone] = fake.objects('pods').slice(30);
      if (gone === undefined) throw new Error('there are too few pods');
      fake.delete(referenceTo(gone));
      fake.compact();
      // From now on each list of pods takes longer than 20 changes are remembered, and so long that its tokens expire as well.
      fake.resizeHistory(20);
      fake.churn.run(100);
      const expire = setInterval(() => fake.expireContinueTokens(), 700);
      fake.faults.add(
        { match: { ...PODS, group: '', hasContinue: true }, action: { type: 'delay', ms: 300 } },
        { match: { verb: 'watch', resource: 'pods' }, action: { type: 'cut', afterBytes: 20_000, how: 'eof' } },
      );
      const agent = await stage.startAgent();
      const id = await stage.clusterId();
      const isHeld = async (): Promise<boolean> => {
        for await (const { uid } of stage.platform.control.objects({ cluster: id, feed: 'pods' }))
          if (uid === gone.metadata.uid) return true;
        return false;
      };
      await eventually({
        what: 'the platform does not hold any more what is gone',
        look: isHeld,
        until: (held) => !held,
      });
      // It says that it lags, why, and that it goes on.
      await eventually({
        what: 'the feed says why it lags',
        look: () => agent.feed('pods'),
        until: ({ state }) => String(state).startsWith('DEGRADED: KUBE_EXPIRED'),
      });
      clearInterval(expire);
      fake.faults.clear();
      fake.churn.run(0);
      await agent.untilReady();
      expect(await stage.verdict()).toEqual(ALL_WELL);
    },
  );
});

describe.concurrent('pages that fail', () => {
  test.for(WIRES)(
    'a continue token that expires is renewed in the middle of the list, on %s (C28, C29)',
    async (wire) => {
      // The page at the newer version waits until the watch has got there, which a bookmark tells.
      await using stage = await startFakeStage({
        env: { ...SMALL_PAGES, PLATFORM_WIRE: wire },
        cluster: { settings: { bookmarkMs: 500 } },
      });
      const { fake } = stage.cluster;
      fake.faults.add({
        match: { ...PODS, hasContinue: true, skip: 1, times: 1 },
        action: { type: 'delay', ms: HOLD_MS },
      });
      const agent = await stage.startAgent();
      await whilePageIsHeld(stage, 3);
      changeEverywhere(stage);
      fake.expireContinueTokens();
      await agent.untilReady();
      expect(await agent.metric('castai_agent_watch_restarts_total', { feed: 'pods', reason: 'expired' })).toBe(1);
      expect(pagesOfPods(stage, false)).toBe(1);
      expect(await stage.verdict()).toEqual(ALL_WELL);
    },
  );

  test('a token that expires and cannot be renewed begins the snapshot anew, and the old one sweeps nothing (C28)', async () => {
    await using stage = await startFakeStage({ env: SMALL_PAGES });
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'Expired', code: 410 };
    stage.cluster.fake.faults.add({
      match: { ...PODS, hasContinue: true, skip: 2, times: 1 },
      action: { type: 'respond', status: 410, body: status },
    });
    const agent = await stage.startReadyAgent();
    expect(pagesOfPods(stage, false)).toBe(2);
    expect(await agent.feed('pods')).toMatchObject({ phase: 'live', restarts: 1, lastRestart: 'KUBE_EXPIRED' });
    expect(await agent.problems()).toContain('pods: KUBE_EXPIRED');
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('a busy server is asked for the same page again after its Retry-After (C32)', async () => {
    await using stage = await startFakeStage({ env: SMALL_PAGES });
    stage.cluster.fake.faults.add(
      {
        match: { ...PODS, hasContinue: true, skip: 1, times: 1 },
        action: { type: 'respond', status: 429, headers: { 'retry-after': '1' }, body: 'too many requests' },
      },
      {
        match: { ...PODS, hasContinue: true, skip: 3, times: 1 },
        action: { type: 'respond', status: 429, headers: { 'retry-after': new Date(Date.now() + 500).toUTCString() } },
      },
    );
    const agent = await stage.startReadyAgent();
    expect(await agent.metric('castai_agent_watch_restarts_total', { feed: 'pods', reason: 'throttled' })).toBe(2);
    expect(pagesOfPods(stage, false)).toBe(1);
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('a page without a resourceVersion is not believed (C30)', async () => {
    await using stage = await startFakeStage();
    stage.cluster.fake.faults.add({ match: { ...PODS, times: 1 }, action: { type: 'list', resourceVersion: null } });
    const agent = await stage.startReadyAgent();
    expect(await agent.problems()).toContain('pods: KUBE_STREAM_BROKEN');
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('a page that breaks off in the middle of an object is asked for again (C3)', async () => {
    await using stage = await startFakeStage({ env: SMALL_PAGES });
    stage.cluster.fake.faults.add(
      { match: { ...PODS, times: 1 }, action: { type: 'cut', afterBytes: 20_000, how: 'rst' } },
      {
        match: { ...PODS, hasContinue: true, skip: 1, times: 1 },
        // Less than a page has in either encoding.
        action: { type: 'cut', afterBytes: 15_000, how: 'eof' },
      },
    );
    const agent = await stage.startReadyAgent();
    expect(await agent.feed('pods')).toMatchObject({ phase: 'live', restarts: 2 });
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('a server that ignores the limit is taken at its word (C34)', async () => {
    await using stage = await startFakeStage({ env: SMALL_PAGES, cluster: { pods: 200 } });
    stage.cluster.fake.faults.add({ match: { ...PODS }, action: { type: 'list', ignoreLimit: true } });
    await stage.startReadyAgent();
    expect(pagesOfPods(stage)).toBe(1);
    stage.cluster.fake.faults.clear();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });
});
