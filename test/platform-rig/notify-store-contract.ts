/** What every store promises of notifications. The tests know nothing of how one keeps it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Episode } from '@castai/platform/notify/episode-state.ts';
import { type Notification, testNotification } from '@castai/platform/notify/notification.ts';
import { type Attempt, KEPT_ATTEMPTS, MOST_QUEUED, type NotifyStore } from '@castai/platform/store/notify-store.ts';
import type { PlatformStore } from '@castai/platform/store/platform-store.ts';
import type { StorePlace } from './platform-store-contract.ts';

const episode: Episode = {
  startedAtMs: 5,
  severities: ['warning'],
  condition: { severity: 'warning', summary: 's', reason: 'r', cure: '' },
};
const message = (id: string, more: Partial<Notification> = {}): Notification => ({
  ...testNotification(id, 7),
  id,
  isTest: false,
  ...more,
});
const attempt = (queued: number | undefined, more: Partial<Attempt> = {}): Attempt => ({
  endpoint: 'ops',
  message: 'm-1',
  cluster: 'c1',
  title: 't',
  atMs: 20,
  attempt: 1,
  isDelivered: true,
  result: 'taken with 200',
  queued,
  next: { type: 'done' },
  ends: undefined,
  ...more,
});

/** Registers the suite for one kind of store. */
export function describeNotifyStore(name: string, newPlace: () => Promise<StorePlace>): void {
  describe(`notifications ${name}`, () => {
    suite(newPlace);
  });
}

function suite(newPlace: () => Promise<StorePlace>): void {
  let place: StorePlace;
  let store: PlatformStore;
  let notify: NotifyStore;
  const open = async (): Promise<void> => {
    store = await place.open();
    ({ notify } = store);
  };
  beforeEach(async () => {
    place = await newPlace();
    await open();
  });
  afterEach(async () => {
    await store.close();
    await place.remove();
  });

  const tell = (id: string, cluster: string, endpoints: string[]): Promise<void> =>
    notify.tell({ cluster, trouble: 'agent', episode, notification: message(id), endpoints, atMs: 10 });
  const waiting = async (endpoint: string): Promise<string[]> =>
    (await notify.heads(endpoint, 2_000)).map(({ notification, attempts }) => `${notification.id} ${attempts}`);
  const keyOf = async (index = 0): Promise<number> => (await notify.heads('ops', 2_000))[index]?.key ?? -1;

  test('an episode and its message are kept together, and come back as they were after a restart', async () => {
    const sent = message('m-1', { endedAtMs: 9, toldBefore: ['warning'], severity: 'critical', status: 'resolved' });
    await notify.tell({ cluster: 'c1', trouble: 'agent', episode, notification: sent, endpoints: ['ops'], atMs: 10 });
    await store.close();
    await open();
    expect(await notify.openEpisodes()).toEqual([{ cluster: 'c1', trouble: 'agent', episode }]);
    expect(await notify.heads('ops', 2_000)).toEqual([
      { key: 1, notification: sent, queuedAtMs: 10, attempts: 0, firstTriedAtMs: undefined, dueAtMs: 10 },
    ]);
    await notify.tell({
      cluster: 'c1',
      trouble: 'agent',
      episode: undefined,
      notification: sent,
      endpoints: [],
      atMs: 11,
    });
    expect(await notify.openEpisodes()).toEqual([]);
  });

  test('the same message is queued once, for each endpoint by itself', async () => {
    await tell('m-1', 'c1', ['ops', 'chat']);
    await tell('m-1', 'c1', ['ops']);
    expect([await waiting('ops'), await waiting('chat')]).toEqual([['m-1 0'], ['m-1 0']]);
    await notify.attempted(attempt(await keyOf()));
    expect([await waiting('ops'), await waiting('chat')]).toEqual([[], ['m-1 0']]);
  });

  test('a message that is queued already keeps its place and its attempts', async () => {
    await tell('m-1', 'c1', ['ops']);
    await tell('m-2', 'c1', ['ops']);
    await notify.attempted(attempt(await keyOf(), { isDelivered: false, next: { type: 'again', dueAtMs: 99 } }));
    await tell('m-1', 'c1', ['ops']);
    expect(await waiting('ops')).toEqual(['m-1 1']);
  });

  test('of a cluster only the oldest is at the head, whenever it is due; others go on beside it', async () => {
    for (const [id, cluster] of [
      ['m-1', 'c1'],
      ['m-2', 'c1'],
      ['m-3', 'c2'],
    ] as const)
      await tell(id, cluster, ['ops']);
    expect(await waiting('ops')).toEqual(['m-1 0', 'm-3 0']);
    await notify.attempted(attempt(await keyOf(), { isDelivered: false, next: { type: 'again', dueAtMs: 99 } }));
    // The first one waits; the second one of its cluster does not overtake it.
    expect(await waiting('ops')).toEqual(['m-3 0', 'm-1 1']);
    const [, late] = await notify.heads('ops', 2_000);
    expect(late).toMatchObject({ attempts: 1, firstTriedAtMs: 20, dueAtMs: 99 });
    await notify.attempted(
      attempt(late?.key, { attempt: 2, isDelivered: false, next: { type: 'drop', reason: 'exhausted' } }),
    );
    expect(await waiting('ops')).toEqual(['m-2 0', 'm-3 0']);
    expect(await notify.endpoint('ops')).toMatchObject({ failed: 2, delivered: 0, dropped: { exhausted: 1 } });
  });

  test('when too many wait the oldest go, and are counted', async () => {
    for (let n = 1; n <= MOST_QUEUED + 3; n += 1) await tell(`m-${n}`, `c${n}`, ['ops']);
    const heads = await notify.heads('ops', 2_000);
    expect([heads.length, heads[0]?.notification.id, heads.at(-1)?.notification.id]).toEqual([
      MOST_QUEUED,
      'm-4',
      `m-${MOST_QUEUED + 3}`,
    ]);
    expect(await notify.endpoint('ops')).toMatchObject({
      queued: MOST_QUEUED,
      dropped: { full: 3, old: 0, exhausted: 0 },
    });
  });

  test('what is too old goes, where it was asked for only what was tried', async () => {
    await tell('m-1', 'c1', ['ops']);
    await tell('m-2', 'c2', ['ops']);
    await notify.attempted(attempt(await keyOf(), { isDelivered: false, next: { type: 'again', dueAtMs: 5 } }));
    await notify.dropOld('ops', 10, false);
    expect(await waiting('ops')).toHaveLength(2);
    await notify.dropOld('ops', 11, true);
    expect(await waiting('ops')).toEqual(['m-2 0']);
    await notify.dropOld('ops', 11, false);
    expect(await waiting('ops')).toEqual([]);
    expect(await notify.endpoint('ops')).toMatchObject({ dropped: { old: 2 } });
  });

  test('what was tried moves with a clock that is set, and what was not stays', async () => {
    await tell('m-1', 'c1', ['ops', 'chat']);
    await tell('m-2', 'c2', ['ops']);
    await notify.attempted(attempt(await keyOf(), { isDelivered: false, next: { type: 'again', dueAtMs: 99 } }));
    const before = await notify.heads('ops', 2_000);
    await notify.shift('ops', -7);
    const after = await notify.heads('ops', 2_000);
    expect(after).toEqual(
      before.map((one) =>
        one.attempts === 0 ? one : { ...one, queuedAtMs: one.queuedAtMs - 7, firstTriedAtMs: 20 - 7, dueAtMs: 99 - 7 },
      ),
    );
    expect(after.map(({ notification: { id }, attempts }) => `${id} ${attempts}`)).toEqual(['m-2 0', 'm-1 1']);
  });

  test('an endpoint that ended keeps what waits, and has it all before it when it goes on', async () => {
    await tell('m-1', 'c1', ['ops']);
    const gone = {
      isDelivered: false,
      ends: 'refused for ever with 410',
      next: { type: 'again', dueAtMs: 99 },
    } as const;
    await notify.attempted(attempt(await keyOf(), gone));
    expect(await notify.endpoint('ops')).toMatchObject({
      ended: 'refused for ever with 410',
      endedAtMs: 20,
      queued: 1,
    });
    await store.close();
    await open();
    await notify.reopen('ops');
    expect(await notify.endpoint('ops')).toMatchObject({ ended: '', endedAtMs: undefined, failed: 1 });
    expect(await notify.heads('ops', 2_000)).toMatchObject([{ attempts: 0, dueAtMs: 0, firstTriedAtMs: undefined }]);
  });

  test('attempts are remembered, the newest of each endpoint, and a test is one of them', async () => {
    await notify.attempted(attempt(undefined, { message: 'test', endpoint: 'chat' }));
    for (let n = 1; n <= KEPT_ATTEMPTS + 5; n += 1) await notify.attempted(attempt(undefined, { attempt: n }));
    const kept = await notify.attempts('ops', KEPT_ATTEMPTS + 10);
    expect([kept.length, kept[0]?.attempt, kept.at(-1)?.attempt]).toEqual([KEPT_ATTEMPTS, KEPT_ATTEMPTS + 5, 6]);
    expect(await notify.attempts('chat', 5)).toEqual([
      {
        key: 1,
        endpoint: 'chat',
        message: 'test',
        cluster: 'c1',
        title: 't',
        atMs: 20,
        attempt: 1,
        isDelivered: true,
        result: 'taken with 200',
      },
    ]);
    expect(await notify.endpoint('chat')).toMatchObject({ delivered: 1, deliveredAtMs: 20 });
  });

  test('an endpoint that somebody has switched off keeps what waits, also after a restart', async () => {
    await notify.end('ops', 'switched off', 30);
    await tell('m-1', 'c1', ['ops']);
    await store.close();
    await open();
    expect(await notify.endpoint('ops')).toMatchObject({ ended: 'switched off', endedAtMs: 30, queued: 1 });
    await notify.reopen('ops');
    expect(await notify.endpoint('ops')).toMatchObject({ ended: '', queued: 1 });
  });

  test('endpoints of the page come back in their order, and go with everything that is known of them', async () => {
    await notify.keepPageEndpoint('z', { url: 'https://z.example/', secrets: ['"</script>'] });
    await notify.keepPageEndpoint('a', { url: 'https://a.example/' });
    await notify.keepPageEndpoint('z', { url: 'https://y.example/' });
    await store.close();
    await open();
    expect(await notify.pageEndpoints()).toEqual([
      { id: 'z', document: { url: 'https://y.example/' } },
      { id: 'a', document: { url: 'https://a.example/' } },
    ]);
    await tell('m-1', 'c1', ['z', 'a']);
    for (const endpoint of ['z', 'a']) await notify.attempted(attempt(undefined, { endpoint }));
    await notify.removePageEndpoint('z');
    expect((await notify.pageEndpoints()).map(({ id }) => id)).toEqual(['a']);
    expect(await notify.endpoint('z')).toMatchObject({ queued: 0, delivered: 0 });
    expect([await waiting('z'), await notify.attempts('z', 5)]).toEqual([[], []]);
    expect(await notify.endpoint('a')).toMatchObject({ queued: 1, delivered: 1 });
  });

  test('an endpoint of which nothing is known takes everything', async () => {
    expect(await notify.endpoint('new')).toEqual({
      id: 'new',
      ended: '',
      endedAtMs: undefined,
      delivered: 0,
      failed: 0,
      dropped: { full: 0, old: 0, exhausted: 0 },
      deliveredAtMs: undefined,
      queued: 0,
      oldestQueuedAtMs: undefined,
    });
  });
}
