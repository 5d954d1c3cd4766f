import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { expect, test } from 'vitest';
import {
  type AnnounceCommand,
  type AnnounceState,
  BLANK,
  type FoundNews,
  MOST_IN_HOUR,
  stepAnnounce,
} from './announce-state.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const old = (node: string): FoundNews => ({ node, code: 'image_old', detail: 'image x' });
const go = (node: string): FoundNews => ({ node, code: 'could_go', detail: '' });

/** What is told when reports come one after another. */
function told(...reports: readonly (readonly [atMs: number, ...found: FoundNews[]])[]): string[][] {
  let state: AnnounceState = BLANK;
  return reports.map(([atMs, ...found]) => {
    const step = stepAnnounce(state, { type: 'looked', atMs, knowsVersion: true, notLookedAt: new Set(), found });
    ({ state } = step);
    return step.commands.map(wordOf);
  });
}

function wordOf(command: AnnounceCommand): string {
  return command.type === 'omit' ? `omit ${String(command.count)}` : `${command.news.node} ${command.news.code}`;
}

type Place = 'blank' | 'nothing said' | 'said' | 'told and said' | 'told and no longer said' | 'told a day ago';
type Event = 'said' | 'not said';

const places: Record<Place, readonly (readonly [atMs: number, ...found: FoundNews[]])[]> = {
  blank: [],
  'nothing said': [[0]],
  said: [[0, old('a')]],
  'told and said': [[0], [1, old('a')]],
  'told and no longer said': [[0], [1, old('a')], [2]],
  'told a day ago': [[0], [100 - DAY, old('a')], [2]],
};

test('in every place, with everything that can be said', () => {
  const table: Record<Place, Record<Event, string[]>> = {
    blank: { said: [], 'not said': [] },
    'nothing said': { said: ['a image_old'], 'not said': [] },
    said: { said: [], 'not said': [] },
    'told and said': { said: [], 'not said': [] },
    'told and no longer said': { said: [], 'not said': [] },
    'told a day ago': { said: ['a image_old'], 'not said': [] },
  };
  const found = Object.entries(places).map(([place, reports]) => {
    const after = (...news: FoundNews[]): string[] => told(...reports, [100, ...news]).at(-1) ?? [];
    return [place, { said: after(old('a')), 'not said': after() }];
  });
  expect(Object.fromEntries(found)).toEqual(table);
});

test('that a node could go is no news where the report before had no time for it', () => {
  let state: AnnounceState = BLANK;
  const after = (notLookedAt: readonly string[], ...found: FoundNews[]): string[] => {
    const step = stepAnnounce(state, {
      type: 'looked',
      atMs: 0,
      knowsVersion: true,
      notLookedAt: new Set(notLookedAt),
      found,
    });
    ({ state } = step);
    return step.commands.map(wordOf);
  };
  expect(after(['b', 'c'])).toEqual([]);
  expect(after(['c'], go('a'), go('b'), old('b'))).toEqual(['a could_go', 'b image_old']);
  expect(after([], go('a'), go('b'), go('c'))).toEqual([]);
  expect(after([], go('d'))).toEqual(['d could_go']);
});

test('what is the case when a term begins is no news, and what comes later is', () => {
  expect(told([0, old('a')], [1, old('a'), go('a')], [2, old('a'), go('a'), old('b')])).toEqual([
    [],
    ['a could_go'],
    ['b image_old'],
  ]);
});

test('kubelets that are judged only when the version is believed are no news by that, and what else is new is told', () => {
  const kubelet = (node: string): FoundNews => ({ node, code: 'kubelet_minor', detail: 'kubelet v1.36.9' });
  const unread: FoundNews = { node: 'c', code: 'unknown', detail: 'kubelet x' };
  let state: AnnounceState = BLANK;
  const reports: readonly (readonly [knowsVersion: boolean, ...found: FoundNews[]])[] = [
    [false],
    [false, old('a')],
    [true, old('a'), kubelet('a'), unread, old('b')],
    [true, old('a'), kubelet('a'), unread, old('b'), kubelet('b')],
  ];
  const words = reports.map(([knowsVersion, ...found], atMs) => {
    const step = stepAnnounce(state, { type: 'looked', atMs, knowsVersion, notLookedAt: new Set(), found });
    ({ state } = step);
    return step.commands.map(wordOf);
  });
  expect(words).toEqual([[], ['a image_old'], ['b image_old'], ['b kubelet_minor']]);
});

test('what comes and goes all day is told once in it', () => {
  expect(told([0], [1, go('a')], [2], [HOUR, go('a')], [HOUR + 1], [DAY + 1, go('a')])).toEqual([
    [],
    ['a could_go'],
    [],
    [],
    [],
    ['a could_go'],
  ]);
});

test('a node that is registered anew under its name is the same for this', () => {
  expect(told([0], [1, old('a')], [2], [3, old('a')])[3]).toEqual([]);
});

test('of 5,000 nodes at once a hundred are told and the others counted; the next hour begins anew', () => {
  const all = Array.from({ length: 5_000 }, (_, index) => old(`n${String(index)}`));
  const [, first = [], second, third] = told([0], [1, ...all], [2, ...all], [HOUR + 1, ...all, old('new')]);
  expect([first.length, first.at(-1)]).toEqual([MOST_IN_HOUR + 1, `omit ${String(5_000 - MOST_IN_HOUR)}`]);
  // What was too much is not made up for: the report says it.
  expect([second, third]).toEqual([[], ['new image_old']]);
});

test('a clock that is set back a day makes nobody silent, and one that is set on a day repeats at most once', () => {
  expect(told([2 * DAY], [2 * DAY + 1, old('a')], [DAY], [DAY + 1, old('a')]).at(-1)).toEqual(['a image_old']);
  expect(told([0], [1, old('a')], [2 * DAY, old('a')], [2 * DAY + 1], [2 * DAY + 2, old('a')])).toEqual([
    [],
    ['a image_old'],
    [],
    [],
    ['a image_old'],
  ]);
});

test('random reports: nothing is told twice in a day, nor more than a hundred in an hour, and only what is said', () => {
  const seed = Date.now() % 2 ** 31;
  const random = new SeededRandom(seed);
  const upTo = (most: number): number => Math.floor(random.next() * most);
  const lastToldAt = new Map<string, number>();
  const writtenAt: number[] = [];
  let state: AnnounceState = BLANK;
  let atMs = 0;
  for (let round = 0; round < 400; round += 1) {
    atMs += upTo(HOUR / 3);
    const found = Array.from({ length: upTo(60) }, () => old(`n${String(upTo(300))}`));
    const step = stepAnnounce(state, { type: 'looked', atMs, knowsVersion: true, notLookedAt: new Set(), found });
    ({ state } = step);
    for (const command of step.commands) {
      if (command.type === 'omit') continue;
      const { node } = command.news;
      const isAllowed = found.some((one) => one.node === node) && atMs - (lastToldAt.get(node) ?? -DAY) >= DAY;
      expect({ seed, round, node, isAllowed }).toEqual({ seed, round, node, isAllowed: true });
      lastToldAt.set(node, atMs);
      writtenAt.push(atMs);
    }
    expect({ seed, round, isWithin: step.commands.length <= MOST_IN_HOUR + 1 }).toEqual({
      seed,
      round,
      isWithin: true,
    });
  }
  expect(writtenAt.length).toBeGreaterThan(300);
});
