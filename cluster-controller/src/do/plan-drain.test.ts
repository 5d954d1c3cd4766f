import type { HeldPod } from '@castai/shared/drain/drain-signals.ts';
import { describe, expect, it } from 'vitest';
import type { DrainNode } from '../poll/action.ts';
import { drainOutcome, FORCE_MS, isTooLate, planDrain } from './plan-drain.ts';

const action = (force: boolean): DrainNode => ({
  kind: 'drainNode',
  node: { name: 'n', nodeId: 'x', providerId: '' },
  timeoutMs: 600_000,
  force,
  awaitsVolumes: false,
  volumesMs: 0,
});
const held = (name: string, reason: HeldPod['reason'], detail = ''): HeldPod => ({
  namespace: 'd',
  name,
  uid: name,
  reason,
  detail,
});
const spent = { timeoutMs: 600_000, forced: 0 };

describe('a drain', () => {
  it('has the time that the action gives, less what was used before, and force only where the action says so', () => {
    expect(planDrain(action(false), 0)).toEqual({ awaitsEnd: true, limitMs: 600_000 });
    expect(planDrain(action(true), 200_000)).toEqual({
      awaitsEnd: true,
      limitMs: 400_000,
      force: { limitMs: FORCE_MS },
    });
    expect(planDrain(action(true), 900_000).limitMs).toBe(0);
    // A clock that went back gives no more than the action does.
    expect(planDrain(action(true), -900_000).limitMs).toBe(600_000);
  });

  it('that comes when nobody waits for it any more is not begun, minutes between two clocks aside', () => {
    const f = (ageMs: number, expected: boolean): void =>
      expect(isTooLate(10_000_000, 600_000, 10_000_000 + ageMs)).toBe(expected);
    f(0, false);
    f(-300_000, false);
    f(900_000, false);
    f(1_200_001, true);
    expect(isTooLate(undefined, 0, 10_000_000)).toBe(false);
  });

  it('says what was forced', () => {
    expect(drainOutcome('drained', [], { ...spent, forced: 0 })).toEqual({
      is: 'done',
      detail: 'all pods that can have left',
    });
    expect(drainOutcome('drained', [], { ...spent, forced: 2 })).toEqual({
      is: 'done',
      detail: 'all pods that can have left; 2 pods were deleted past their budgets',
    });
  });

  it('defect 14: that fails names each pod and why, and what became of the node', () => {
    expect(drainOutcome('expired', [held('a', 'budget', 'no room'), held('b', 'ending')], spent)).toEqual({
      is: 'failed',
      code: 'pdb_blocked',
      detail: 'after 600 s 2 pods are left: d/a (budget: no room), d/b (ending); the node stays cordoned',
    });
    const many = Array.from({ length: 25 }, (_, index) => held(`p${index}`, 'unasked'));
    expect(drainOutcome('expired', many, spent)).toMatchObject({
      code: 'timeout',
      detail: expect.stringContaining('d/p19 (unasked), and 5 more; the node') as unknown,
    });
  });

  it('of which no list could be had does not say that none is left', () => {
    expect(drainOutcome('expired', [], spent)).toEqual({
      is: 'failed',
      code: 'unavailable',
      detail: 'after 600 s no list of the pods of the node has said that none is left; the node stays cordoned',
    });
  });

  it('fails with the code of what only a person can change, if there is such', () => {
    const f = (reasons: HeldPod['reason'][], code: string): void =>
      expect(
        drainOutcome(
          'expired',
          reasons.map((reason) => held('p', reason)),
          spent,
        ),
      ).toMatchObject({ code });
    f(['ending'], 'timeout');
    f([], 'unavailable');
    f(['ending', 'budget'], 'pdb_blocked');
    f(['budget', 'forbidden'], 'forbidden');
    f(['unreachable'], 'unavailable');
    f(['refused', 'budget'], 'pdb_blocked');
    f(['busy'], 'unavailable');
    f(['ending', 'busy'], 'unavailable');
    f(['busy', 'budget'], 'pdb_blocked');
    f(['unauthorized'], 'forbidden');
  });
});
