import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action, ActionBody } from '../poll/action.ts';
import { isRead, laneOf } from './lane.ts';
import { type OpenAction, planAdmissions } from './plan-admissions.ts';

const node = (name: string) => ({ name, nodeId: 'x', providerId: '' });
const bodies = {
  drain: (name) => ({
    kind: 'drainNode',
    node: node(name),
    timeoutMs: 1,
    force: false,
    awaitsVolumes: false,
    volumesMs: 1,
  }),
  remove: (name) => ({ kind: 'deleteNode', node: node(name) }),
  check: (name) => ({ kind: 'checkNodeDeleted', node: node(name) }),
  evict: (name) => ({ kind: 'evictPod', namespace: 'd', name, timeoutMs: 1 }),
  erase: (name) => ({ kind: 'delete', object: { group: 'g', version: 'v1', resource: 'r', namespace: '', name } }),
} as const satisfies Record<string, (name: string) => ActionBody>;
type Kind = keyof typeof bodies;

/** `drain a @5` made at 5, `+` under way; ids are the texts themselves. */
function open(text: string): OpenAction {
  const [kind = '', name = '', at = '@0', mark] = text.split(' ');
  const createdAtMs = Number(at.slice(1));
  const action: Action = { id: text, createdAtMs, body: bodies[kind as Kind](name) };
  return { action, isUnderWay: mark === '+', waitingSinceMs: createdAtMs };
}
const plan = (texts: readonly string[], all = 100, ofKind = {}, isPaused = false) =>
  planAdmissions(texts.map(open), { caps: { all, ofKind }, isPaused });
const ids = (...parameters: Parameters<typeof plan>): string[] => plan(...parameters).admitted.map(({ id }) => id);

describe('whose turn it is', () => {
  it('in a lane: the oldest, one at a time, whatever the order of the answer', () => {
    expect(ids(['remove a @2', 'drain a @1', 'drain b @3'])).toEqual(['drain a @1', 'drain b @3']);
    expect(ids(['remove a @2', 'drain a @1 +'])).toEqual([]);
    expect(ids(['drain a @1', 'remove a @2 +'])).toEqual([]);
    expect(ids(['drain a @1', 'evict a @2', 'erase a @3'])).toEqual(['drain a @1', 'evict a @2', 'erase a @3']);
  });

  it('who only looks waits for those that act before it, and nobody waits for it', () => {
    expect(ids(['check a @2', 'remove a @1'])).toEqual(['remove a @1']);
    expect(ids(['check a @1', 'remove a @2'])).toEqual(['check a @1', 'remove a @2']);
    expect(ids(['check a @1 +', 'remove a @2'])).toEqual(['remove a @2']);
    expect(ids(['check a @1', 'check a @2'])).toEqual(['check a @1', 'check a @2']);
  });

  it('defect 10: as many as the cap says, of all and of a kind, and no more', () => {
    expect(ids(['drain a @1 +', 'drain b @2', 'drain c @3'], 2)).toEqual(['drain b @2']);
    expect(ids(['drain a @1 +', 'drain b @2', 'remove c @3'], 100, { drainNode: 1 })).toEqual(['remove c @3']);
    expect(ids(['drain a @1', 'drain b @2'], 1)).toEqual(['drain a @1']);
  });

  it('what has no place is not overtaken in its lane', () => {
    expect(ids(['drain x @0 +', 'drain a @1', 'remove a @2'], 100, { drainNode: 1 })).toEqual([]);
  });

  it('who only looks takes at most half of the places, and at least one', () => {
    const checks = ['check a @1', 'check b @2', 'check c @3'];
    expect(ids([...checks, 'remove d @4'], 4)).toEqual(['check a @1', 'check b @2', 'remove d @4']);
    expect(ids(checks, 1)).toEqual(['check a @1']);
  });

  it('nobody while it is paused; those that are under way are not concerned', () => {
    expect(plan(['drain a @1 +', 'drain b @7', 'drain c @5'], 100, {}, true)).toEqual({
      admitted: [],
      waiting: {
        lane: { count: 0, sinceMs: undefined },
        cap: { count: 0, sinceMs: undefined },
        kind_cap: { count: 0, sinceMs: undefined },
        paused: { count: 2, sinceMs: 5 },
      },
    });
  });

  it('says how many wait for what, and since when', () => {
    const { waiting } = plan(
      ['drain a @1 +', 'remove a @2', 'remove a @3', 'drain b @4', 'remove c @5', 'remove d @6'],
      2,
      { drainNode: 1 },
    );
    expect(waiting).toEqual({
      lane: { count: 2, sinceMs: 2 },
      cap: { count: 1, sinceMs: 6 },
      kind_cap: { count: 1, sinceMs: 4 },
      paused: { count: 0, sinceMs: undefined },
    });
  });

  it('at random: no lane has two that act, no cap is passed, and somebody always goes on', () => {
    const text = fc
      .tuple(fc.constantFrom<Kind>('drain', 'remove', 'check', 'evict'), fc.constantFrom('a', 'b', 'c'), fc.nat(20))
      .map(([kind, name, at]) => `${kind} ${name} @${at}`);
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 30 }), fc.integer({ min: 1, max: 6 }), (texts, all) => {
        const ofKind = { drainNode: 2 };
        let left = texts.map(open);
        for (let round = 0; left.length > 0; round += 1) {
          expect(round).toBeLessThan(200);
          const admitted = new Set(planAdmissions(left, { caps: { all, ofKind }, isPaused: false }).admitted);
          left = left.map((one) => (admitted.has(one.action) ? { ...one, isUnderWay: true } : one));
          const busy = left.filter(({ isUnderWay }) => isUnderWay).map(({ action }) => action);
          expect(busy.length).toBeGreaterThan(0);
          expect(busy.length).toBeLessThanOrEqual(all);
          expect(busy.filter(({ body }) => body.kind === 'drainNode').length).toBeLessThanOrEqual(2);
          const lanes = busy.filter((action) => !isRead(action)).map(({ body }) => laneOf(body));
          expect(new Set(lanes).size).toBe(lanes.length);
          left = left.filter(({ action }) => action !== busy[round % busy.length]);
        }
      }),
    );
  });
});
