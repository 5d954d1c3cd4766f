/** What every store promises of actions. The tests know nothing of how one keeps it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type ActionStore,
  KEPT_ACTIONS,
  MOST_WAITING,
  type WantedAction,
} from '@castai/platform/store/action-store.ts';
import type { PlatformStore } from '@castai/platform/store/platform-store.ts';
import type { StorePlace } from './platform-store-contract.ts';

const wanted = (id: string, more: Partial<WantedAction> = {}): WantedAction => ({
  id,
  cluster: 'c1',
  node: `node of ${id}`,
  name: 'drain',
  document: { actionDrainNode: { nodeName: id, force: false } },
  createdAtMs: 10,
  expiresAtMs: 100,
  ...more,
});

/** Registers the suite for one kind of store. */
export function describeActionStore(name: string, newPlace: () => Promise<StorePlace>): void {
  describe(`actions ${name}`, () => {
    suite(newPlace);
  });
}

function suite(newPlace: () => Promise<StorePlace>): void {
  let place: StorePlace;
  let store: PlatformStore;
  let actions: ActionStore;
  const open = async (): Promise<void> => {
    store = await place.open();
    ({ actions } = store);
  };
  beforeEach(async () => {
    place = await newPlace();
    await open();
  });
  afterEach(async () => {
    await store.close();
    await place.remove();
  });
  const due = async (nowMs: number, cluster = 'c1'): Promise<string[]> =>
    (await actions.handOut(cluster, nowMs)).map(({ id, deliveries }) => `${id} ${deliveries}`);

  test('what is wanted comes back whole after a restart, with what came of it', async () => {
    const action = wanted('a');
    expect(await actions.want(action)).toBe(true);
    await store.close();
    await open();
    const waits = { ...action, deliveries: 1, ackedAtMs: undefined, error: '' };
    expect(await actions.handOut('c1', 20)).toEqual([waits]);
    expect(await actions.acknowledge({ cluster: 'c1', id: 'a', error: 'it is held', atMs: 30 })).toBe(true);
    expect(await actions.ofNode('c1', action.node, 5)).toEqual([{ ...waits, ackedAtMs: 30, error: 'it is held' }]);
  });

  test('of its cluster alone, until it is acknowledged or too old, and counted each time', async () => {
    for (const action of [wanted('b'), wanted('a', { expiresAtMs: 50 }), wanted('c', { cluster: 'c2' })])
      expect(await actions.want(action)).toBe(true);
    expect(await due(49)).toEqual(['b 1', 'a 1']);
    expect(await due(50)).toEqual(['b 2']);
    expect(await actions.acknowledge({ cluster: 'c2', id: 'b', error: null, atMs: 60 })).toBe(false);
    expect(await due(60)).toEqual(['b 3']);
    expect(await actions.acknowledge({ cluster: 'c1', id: 'b', error: null, atMs: 60 })).toBe(true);
    expect([await due(61), await due(61, 'c2')]).toEqual([[], ['c 1']]);
  });

  test('the same is wanted of a node once at a time', async () => {
    const node = 'n';
    expect(await actions.want(wanted('a', { node }))).toBe(true);
    expect(await actions.want(wanted('b', { node }))).toBe(false);
    expect(await actions.want(wanted('c', { node, name: 'cordon' }))).toBe(true);
    expect(await actions.want(wanted('d', { node, cluster: 'c2' }))).toBe(true);
    expect(await actions.want(wanted('e', { node, createdAtMs: 100, expiresAtMs: 200 }))).toBe(true);
    expect((await actions.ofNode('c1', node, 2)).map(({ id }) => id)).toEqual(['e', 'c']);
  });

  test('no more wait than a controller can have use for, and what waits is never forgotten for the sake of the others', async () => {
    for (let index = 0; index < MOST_WAITING; index += 1) await actions.want(wanted(`${index}`));
    expect(await actions.want(wanted('one more'))).toBe(false);
    expect(await actions.want(wanted('elsewhere', { cluster: 'c2' }))).toBe(true);
    expect((await due(20)).length).toBe(MOST_WAITING);
    // All of them are too old now: room again, and the newest are remembered.
    const late = { createdAtMs: 100, expiresAtMs: 200 };
    expect(await actions.want(wanted('late', late))).toBe(true);
    const isThere = async (id: string): Promise<boolean> => (await actions.ofNode('c1', `node of ${id}`, 1)).length > 0;
    const oldest = MOST_WAITING + 1 - KEPT_ACTIONS;
    expect([await isThere(`${oldest - 1}`), await isThere(`${oldest}`)]).toEqual([false, true]);
  });
}
