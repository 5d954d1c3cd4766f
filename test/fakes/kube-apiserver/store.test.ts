import { expect, test } from 'vitest';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { Store } from './store.ts';
import type { StoredObject } from './stored-object.ts';

const UNLIMITED = { historyEvents: Infinity, resourceVersionBase: 0n };

function object(store: Store, key: string): StoredObject {
  const revision = store.revisions.next();
  return {
    key,
    name: key,
    namespace: undefined,
    uid: key,
    revision,
    content: {},
    json: Buffer.from('{}'),
    labels: {},
    fields: {},
  };
}

const shown = (state: readonly StoredObject[] | undefined) => state?.map(({ key, revision }) => `${key}@${revision}`);

test('every past state can be read as long as the history reaches back, and the present one is in order', () => {
  const seed = Date.now() % 100_000;
  const random = new SeededRandom(seed);
  const store = new Store(UNLIMITED);
  const kind = store.kind('things');
  const model = new Map<string, StoredObject>();
  const past = new Map<number, string[]>();
  for (let step = 0; step < 500; step += 1) {
    const key = String.fromCharCode(97 + random.integer(26));
    if (model.has(key) && random.chance(0.4)) {
      model.delete(key);
      kind.remove(object(store, key));
    } else {
      const made = object(store, key);
      model.set(key, made);
      kind.put(made);
    }
    const state = [...model.keys()].sort().map((known) => `${known}@${model.get(known)?.revision}`);
    past.set(store.revisions.current, state);
    expect(shown(kind.sorted()), `seed ${seed}`).toEqual(state);
    if (random.chance(0.1)) kind.pin();
  }
  for (const [revision, state] of past) expect(shown(kind.at(revision)), `seed ${seed}, ${revision}`).toEqual(state);
});

test('a pinned state outlives the history, but not its expiry', () => {
  const store = new Store({ ...UNLIMITED, historyEvents: 1 });
  const kind = store.kind('things');
  kind.put(object(store, 'a'));
  const pinned = store.revisions.current;
  kind.pin();
  kind.put(object(store, 'b'));
  const lost = store.revisions.current;
  for (const key of ['c', 'd', 'e']) kind.put(object(store, key));
  expect(shown(kind.at(pinned))).toEqual([`a@${pinned}`]);
  expect(kind.at(lost)).toBeUndefined();
  store.expireSnapshots();
  expect(kind.at(pinned)).toBeUndefined();
  expect(kind.at(store.revisions.current)).toHaveLength(5);
});

test('what happened is told from a revision on, or not at all', () => {
  const store = new Store({ ...UNLIMITED, historyEvents: 3 });
  const kind = store.kind('things');
  const started = store.revisions.current;
  for (const key of ['a', 'b', 'c', 'd', 'e']) kind.put(object(store, key));
  const keys = (revision: number) => kind.history.since(revision)?.map((event) => event.object.key);
  expect(keys(started)).toBeUndefined();
  expect(keys(kind.history.oldest)).toEqual(['c', 'd', 'e']);
  expect(keys(store.revisions.current)).toEqual([]);
  store.forgetHistory();
  expect([keys(store.revisions.current - 1), keys(store.revisions.current)]).toEqual([undefined, []]);
  expect(store.kind('others').history.oldest).toBe(store.revisions.current);
});

test('what is added in any order and number is in order when somebody asks, whatever was removed and put back meanwhile', () => {
  for (const count of [1, 8, 9, 500]) {
    const store = new Store(UNLIMITED);
    const kind = store.kind('things');
    const keys = Array.from({ length: count }, (_, index) => `key-${(index * 7919) % 1_000}`);
    for (const key of keys) kind.put(object(store, key));
    kind.remove(object(store, 'key-0'));
    kind.put(object(store, 'key-0'));
    for (const key of ['m', 'b']) kind.put(object(store, key));
    kind.remove(object(store, 'm'));
    const expected = [...keys, 'b'].sort();
    expect(expected.map((_, index) => kind.nth(index)?.key)).toEqual(expected);
    expect(kind.sorted().map(({ key }) => key)).toEqual(expected);
  }
});

test('of the past states of a large kind that somebody pages through a few are kept, and the newest however large', () => {
  for (const [count, kept] of [
    [150_000, 2],
    [450_000, 1],
  ] as const) {
    const store = new Store({ ...UNLIMITED, historyEvents: 0 });
    const kind = store.kind('things');
    for (let index = 0; index < count; index += 1) kind.put(object(store, String(index)));
    const pinned: number[] = [];
    for (let list = 0; list < 4; list += 1) {
      kind.pin();
      pinned.push(store.revisions.current);
      kind.put(object(store, '1'));
    }
    expect(pinned.filter((revision) => kind.at(revision) !== undefined)).toEqual(pinned.slice(-kept));
  }
});
