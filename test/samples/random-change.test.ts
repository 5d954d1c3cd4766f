import { expect, test } from 'vitest';
import { randomChange } from './random-change.ts';
import { type SampleObject, sampleCluster } from './sample-cluster.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';

const OBJECTS = [...sampleCluster({ seed: 1, nodes: 3, pods: 20 })];

function changes(seed: number, count: number) {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => {
    const before = random.pick(OBJECTS);
    return { before, change: randomChange(random, before) };
  });
}

const asText = (object: SampleObject) => JSON.stringify(object);

test('the same seed gives the same changes', () => {
  expect(changes(3, 50)).toEqual(changes(3, 50));
});

test('an update always differs and keeps the identity', () => {
  for (const { before, change } of changes(4, 500)) {
    if (change.type !== 'update') continue;
    expect(asText(change.object)).not.toBe(asText(before));
    expect(change.object.metadata).toMatchObject({ name: before.metadata.name, uid: before.metadata.uid });
  }
});

test('a recreation keeps the name and changes the uid, a creation changes both', () => {
  const seen = new Set<string>();
  for (const { before, change } of changes(5, 2000)) {
    seen.add(change.type);
    if (change.type === 'recreate') expect(change.object.metadata.name).toBe(before.metadata.name);
    if (change.type === 'create') expect(change.object.metadata.name).not.toBe(before.metadata.name);
    if (change.type === 'create' || change.type === 'recreate') {
      expect(change.object.metadata.uid).not.toBe(before.metadata.uid);
    }
  }
  expect([...seen].sort()).toEqual(['create', 'delete', 'recreate', 'update']);
});

test('the object that a change is made from stays as it is', () => {
  const before = structuredClone(OBJECTS);
  changes(6, 500);
  expect(OBJECTS).toEqual(before);
});
