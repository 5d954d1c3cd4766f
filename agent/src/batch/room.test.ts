import { describe, expect, it } from 'vitest';
import { Room } from './room.ts';

const MIB = 1024 * 1024;

function start(limitBytes = 32 * MIB) {
  const waiting = new Map<number, number>();
  const pages = new Map<number, number>();
  const objects = new Map<number, number>();
  const ending = new Set<number>();
  const bytesOf = (feedId: number): number => (waiting.get(feedId) ?? 0) + (pages.get(feedId) ?? 0);
  const room = new Room({
    limitBytes,
    bytes: () => [...waiting.values(), ...pages.values()].reduce((sum, one) => sum + one, 0),
    bytesOf,
    pageBytesOf: (feedId) => pages.get(feedId) ?? 0,
    pageBytes: () => [...pages.values()].reduce((sum, one) => sum + one, 0),
    pageCountOf: (feedId) => objects.get(feedId) ?? 0,
    pageCount: () => [...objects.values()].reduce((sum, one) => sum + one, 0),
    isEndHeld: (feedId) => ending.has(feedId),
  });
  const mayRead = (feedId: number): boolean => room.forWatch(feedId, new AbortController().signal) === undefined;
  return { waiting, pages, objects, ending, room, mayRead };
}

describe('room', () => {
  it('is there for snapshots below half of the bound, and is over above all of it', () => {
    const { waiting, room } = start();
    const at = (bytes: number): [boolean, boolean] => {
      waiting.set(1, bytes);
      return [room.isThere, room.isOver];
    };
    expect([at(16 * MIB - 1), at(16 * MIB), at(32 * MIB), at(32 * MIB + 1)]).toEqual([
      [true, false],
      [false, false],
      [false, false],
      [false, true],
    ]);
  });

  it('is made by the feed of which the most waits, pages counted, of those that are asked about', () => {
    const { waiting, pages, room } = start();
    waiting.set(1, 5).set(2, 3).set(3, 9);
    pages.set(2, 4);
    expect([room.largestOf([1, 2, 2]), room.largestOf([1, 2, 3]), room.largestOf([4]), room.largestOf([])]).toEqual([
      2,
      3,
      undefined,
      undefined,
    ]);
  });

  it('is for the watch of a large feed below three quarters, and always for one that holds little', () => {
    const { waiting, mayRead } = start();
    waiting.set(1, 24 * MIB - 1);
    expect(mayRead(1)).toBe(true);
    waiting.set(2, MIB - 1);
    expect([mayRead(1), mayRead(2)]).toEqual([false, true]);
    waiting.set(2, MIB);
    expect(mayRead(2)).toBe(false);
  });

  it('is not for the watch of a feed whose end waits for more than a little', () => {
    const { waiting, ending, mayRead } = start();
    ending.add(1);
    waiting.set(1, MIB - 1);
    expect(mayRead(1)).toBe(true);
    waiting.set(1, MIB);
    expect(mayRead(1)).toBe(false);
  });

  it('is for pages while little of all feeds waits, always while little of their own does, and asks once for each', () => {
    const { pages, room } = start();
    const asked: string[] = [];
    const f = (first: number, second: number, expected: readonly string[]): void => {
      pages.set(1, first).set(2, second);
      asked.length = 0;
      room.forPage(1, () => asked.push('1'));
      room.forPage(2, () => asked.push('2'));
      room.freed();
      expect(asked).toEqual(expected);
      room.clear();
    };
    f(6 * MIB - 1, 0, ['1', '2']);
    f(6 * MIB, 0, ['2']);
    f(4 * MIB, 2 * MIB - 1, ['1', '2']);
    f(4 * MIB + 1, 2 * MIB - 1, ['2']);
    f(4 * MIB, 2 * MIB, []);
    pages.set(1, 4 * MIB).set(2, 2 * MIB);
    room.forPage(1, () => asked.push('again'));
    pages.set(2, 0);
    room.freed();
    room.freed();
    expect(asked).toEqual(['again']);
  });

  it('is for fewer of small objects, which take more of the heap than they have bytes', () => {
    const { pages, objects, room } = start();
    const asked: string[] = [];
    const f = (first: number, second: number, expected: readonly string[]): void => {
      objects.set(1, first).set(2, second);
      asked.length = 0;
      room.forPage(1, () => asked.push('1'));
      room.forPage(2, () => asked.push('2'));
      room.freed();
      expect(asked).toEqual(expected);
      room.clear();
    };
    pages.set(1, 1).set(2, 1);
    f(4_095, 0, ['1', '2']);
    f(4_096, 0, ['2']);
    f(2_731, 1_365, ['2']);
    f(2_731, 1_366, []);
    f(2_731, 1_364, ['1', '2']);
  });

  it('is for fewer pages where the bound is smaller than usual', () => {
    const { pages, room } = start(MIB);
    const asked: number[] = [];
    for (const bytes of [MIB / 4, MIB / 8]) {
      pages.set(1, bytes).set(2, MIB / 4);
      room.forPage(1, () => asked.push(bytes));
    }
    expect(asked).toEqual([]);
    pages.set(1, MIB / 8 - 1);
    room.freed();
    expect(asked).toEqual([MIB / 8]);
  });

  it('asks for no page of a snapshot that is given up', () => {
    for (const giveUp of [(room: Room) => room.forgetPage(1), (room: Room) => room.clear()]) {
      const { pages, room } = start();
      const asked: number[] = [];
      pages.set(1, 6 * MIB);
      room.forPage(1, () => asked.push(1));
      giveUp(room);
      pages.clear();
      room.freed();
      expect(asked).toEqual([]);
    }
  });
});
