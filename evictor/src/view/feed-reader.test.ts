/** What is known of a cluster is the same, whichever of the two forms its objects came in. */
import { must } from '@castai/shared/errors.ts';
import { objectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { message } from '@castai/shared/testing/protobuf-bytes.ts';
import { randomMessage } from '@castai/shared/testing/random-message.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { expect, test } from 'vitest';
import { feedReader } from './feed-reader.ts';
import { readPod } from './pod-record.ts';
import { VIEW_FEEDS, type ViewFeed } from './view-feeds.ts';
import { viewInterners } from './view-interners.ts';
import { createTables } from './view-tables.ts';

const SEED = Date.now() % 1_000_000_000;
const ROUNDS = 200;

/** The rows that come of an object, which knows them as it came from JSON. */
function rowsOf({ read, name }: ViewFeed, object: Record<string, unknown>): unknown[] {
  const tables = createTables(() => undefined);
  read(object as KubeObject, viewInterners())?.storeIn(tables);
  return tables[name].rows();
}

test.each(VIEW_FEEDS)('all that is kept of $kind is read: what is left out of its objects changes nothing', (feed) => {
  const random = new SeededRandom(SEED);
  const { group, kind } = feed;
  const some = must(feedReader(feed), 'a reader');
  const all = must(objectReader({ group, version: 'v1', kind }), 'a reader');
  const kept = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = randomMessage(some.message, random);
    const rows = rowsOf(feed, all.read(bytes));
    expect({ seed: SEED, rows: rowsOf(feed, some.read(bytes)) }).toEqual({ seed: SEED, rows });
    kept.add(JSON.stringify(rows));
  }
  expect(kept.size).toBeGreaterThan(ROUNDS / 4);
});

const feedOf = (name: string): ViewFeed =>
  must(
    VIEW_FEEDS.find((one) => one.name === name),
    name,
  );
const METADATA = message([1, 'web-1'], [3, 'shop'], [5, 'uid-1'], [6, '7']);

type Field = readonly [number: number, value: number | string | Buffer];

/** Why nothing is concluded for a pod with this in its spec. */
function refusalsOf(...spec: Field[]): string[] {
  const object = must(feedReader(feedOf('pods')), 'a reader').read(message([1, METADATA], [2, message(...spec)]));
  return readPod(object as KubeObject, viewInterners()).demand.refusals.map(({ code, detail }) => `${code} ${detail}`);
}

test('a field that no table has keeps a pod where it is, wherever one in JSON would', () => {
  expect(refusalsOf([10, 'n1'])).toEqual([]);
  expect(refusalsOf([900, 'x'])).toEqual(['unknown_constraint field 900 of PodSpec']);
  expect(refusalsOf([900, 1])).toEqual(['unknown_constraint field 900 of PodSpec']);
  const affinity = (...fields: Field[]): Field => [18, message(...fields)];
  expect(refusalsOf(affinity([9, message([1, 'x'])]))).toEqual(['unknown_constraint field 9 of Affinity']);
  expect(refusalsOf(affinity([2, message([9, 'x'])]))).toEqual(['unknown_constraint field 9 of PodAffinity']);
  const term = message([1, message([1, message([1, 'app'], [2, 'web'])], [9, 'x'])], [3, 'zone']);
  expect(refusalsOf(affinity([3, message([1, term])]))).toEqual(['unknown_constraint field 9 of LabelSelector']);
  expect(refusalsOf([33, message([1, 1], [2, 'zone'], [99, 'x'])])).toEqual([
    'unknown_constraint field 99 of TopologySpreadConstraint',
  ]);
  expect(refusalsOf([1, message([1, 'data'], [2, message([99, message([1, 'x'])])])])).toEqual([
    'unknown_constraint volume field 99 of VolumeSource',
  ]);
});

test('nor may what a container says be of a newer API: a node may have to declare that it can do that', () => {
  const mount = message([1, 'data'], [3, '/data'], [8, 'noexec'], [99, 'x']);
  const rule = (action: string): Field => [25, message([1, action])];
  const container = message([1, 'web'], [99, 'x'], [9, mount], rule('Restart'), rule('RestartAllContainers'));
  const told = ['container field 99 of Container', 'restart action RestartAllContainers'];
  const ofMount = ['volume mount bindMountOptions', 'volume mount field 99 of VolumeMount'];
  const expected = [...told, ...ofMount].map((detail) => `unknown_constraint ${detail}`);
  expect(refusalsOf([2, container])).toEqual(expected);
  expect(refusalsOf([20, container])).toEqual(expected);
  // Each of the two alone is for every node.
  expect(refusalsOf([11, 1])).toEqual([]);
  expect(refusalsOf([37, 0])).toEqual([]);
  expect(refusalsOf([11, 1], [37, 0])).toEqual(['unknown_constraint hostUsers with hostNetwork']);
});

test('a volume whose source is of a newer API is one, though nothing is in it', () => {
  const volume = (source: Buffer): Field => [1, message([1, 'data'], [2, source])];
  expect(refusalsOf(volume(message([99, message()])))).toEqual(['unknown_constraint volume data']);
  expect(refusalsOf(volume(message([2, message()])))).toEqual([]);
});

test('one that says nothing is none: a newer server writes zero for what nobody has set, and has no such field in JSON', () => {
  expect(refusalsOf([900, ''], [901, 0], [902, message()])).toEqual([]);
});

test('neither is one of what has no say', () => {
  const container = message([1, 'web'], [15, message([99, 'x'])], [9, message([1, 'data'], [3, '/data'])]);
  expect(refusalsOf([2, container], [14, message([99, 'x'])])).toEqual([]);
});

test('a constraint that the tables know and nobody here does is told by its name', () => {
  const source = must(feedReader(feedOf('pods')), 'a reader');
  const gcePersistentDisk = message([1, message([1, 'data'], [2, message([3, message([1, 'disk'])])])]);
  const object = source.read(message([1, METADATA], [2, gcePersistentDisk]));
  expect(object['spec']).toEqual({ volumes: [{ name: 'data', gcePersistentDisk: {} }] });
});
