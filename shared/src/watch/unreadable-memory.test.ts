import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.ts';
import type { UnreadableObject } from '../kube/json/unreadable-object.ts';
import { UnreadableMemory } from './unreadable-memory.ts';

const HOUR_MS = 60 * 60_000;

const object = (change: Partial<UnreadableObject> = {}): UnreadableObject => ({
  reason: 'NOT_JSON',
  kind: 'Pod',
  namespace: 'shop',
  name: 'a',
  uid: 'u',
  resourceVersion: '7',
  place: 'after 6',
  ...change,
});

describe('what cannot be read', () => {
  it('is read again once, and left out when it cannot be read again, which is told once', () => {
    const memory = new UnreadableMemory();
    expect([0, 1, 2, 3].map(() => memory.meet(object(), 0))).toEqual([
      'READ_AGAIN',
      'NEWLY_LEFT_OUT',
      'LEFT_OUT',
      'LEFT_OUT',
    ]);
  });

  it('is known again by namespace, name and version, wherever it stands', () => {
    const f = (change: Partial<UnreadableObject>, verdict: string): void => {
      const memory = new UnreadableMemory();
      memory.meet(object(), 0);
      expect([change, memory.meet(object(change), 0)]).toEqual([change, verdict]);
    };
    f({ place: 'item 3', reason: 'TOO_LARGE', uid: '' }, 'NEWLY_LEFT_OUT');
    f({ name: 'b' }, 'READ_AGAIN');
    f({ namespace: 'other' }, 'READ_AGAIN');
    f({ resourceVersion: '8' }, 'READ_AGAIN');
  });

  it('is known by its place when it does not tell its name', () => {
    const memory = new UnreadableMemory();
    const nobody = object({ name: '', namespace: '' });
    expect(memory.meet(nobody, 0)).toBe('READ_AGAIN');
    expect(memory.meet({ ...nobody, place: 'after 9' }, 0)).toBe('READ_AGAIN');
    expect(memory.meet(nobody, 0)).toBe('NEWLY_LEFT_OUT');
  });

  it('is left out at once in every later version, until it could be read', () => {
    const memory = new UnreadableMemory();
    memory.meet(object(), 0);
    memory.meet(object(), 0);
    expect(memory.meet(object({ resourceVersion: '8' }), 0)).toBe('LEFT_OUT');
    memory.forget({ name: 'a', namespace: 'other' });
    expect(memory.meet(object({ resourceVersion: '9' }), 0)).toBe('LEFT_OUT');
    memory.forget({ name: 'a', namespace: 'shop' });
    expect(memory.meet(object({ resourceVersion: '10' }), 0)).toBe('READ_AGAIN');
  });

  it('is left out at once when it was read and could not be kept', () => {
    expect(new UnreadableMemory().meet(object({ reason: 'KEEP_FAILED' }), 0)).toBe('NEWLY_LEFT_OUT');
  });

  it('makes a feed read again ten times an hour at the most', () => {
    const memory = new UnreadableMemory();
    for (let n = 0; n < 10; n += 1) {
      expect(memory.meet(object({ name: `n${String(n)}` }), n * 1000)).toBe('READ_AGAIN');
      memory.readAgain(n * 1000);
    }
    expect(memory.meet(object({ name: 'x' }), 10_000)).toBe('NEWLY_LEFT_OUT');
    expect(memory.meet(object({ name: 'y' }), HOUR_MS)).toBe('NEWLY_LEFT_OUT');
    expect(memory.meet(object({ name: 'z' }), HOUR_MS + 1)).toBe('READ_AGAIN');
    memory.readAgain(HOUR_MS + 1);
    expect(memory.meet(object({ name: 'w' }), HOUR_MS + 1)).toBe('NEWLY_LEFT_OUT');
  });

  it('forgets the first ones when there are more than a thousand, so that memory stays bounded', () => {
    const memory = new UnreadableMemory();
    const twice = (name: string): string[] => [0, 1].map(() => memory.meet(object({ name }), 0));
    for (let n = 0; n <= 1000; n += 1) expect(twice(`n${String(n)}`)).toEqual(['READ_AGAIN', 'NEWLY_LEFT_OUT']);
    expect(memory.meet(object({ name: 'n1' }), 0)).toBe('LEFT_OUT');
    expect(memory.meet(object({ name: 'n0' }), 0)).toBe('READ_AGAIN');
  });

  it('tells each object once while it is left out, whatever comes between', () => {
    const seed = Date.now() % 1_000_000;
    const random = new SeededRandom(seed);
    const memory = new UnreadableMemory();
    const told = new Set<string>();
    for (let step = 0; step < 3000; step += 1) {
      const name = `n${String(random.integer(5))}`;
      if (random.chance(0.1)) {
        memory.forget({ name, namespace: 'shop' });
        told.delete(name);
        continue;
      }
      const verdict = memory.meet(object({ name, resourceVersion: String(random.integer(3)) }), step);
      const where = `seed ${String(seed)}, step ${String(step)}`;
      if (verdict === 'NEWLY_LEFT_OUT') expect([where, told.has(name)]).toEqual([where, false]);
      if (verdict === 'NEWLY_LEFT_OUT') told.add(name);
      expect([where, told.has(name)]).toEqual([where, verdict !== 'READ_AGAIN']);
    }
  });
});
