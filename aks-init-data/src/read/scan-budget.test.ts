import { expect, it } from 'vitest';
import { ScanBudget } from './scan-budget.ts';

it('a look ends at ten thousand names, however they are spread over folders', () => {
  const budget = new ScanBudget(() => 0);
  budget.spend(9_999);
  budget.spend(1);
  expect(() => budget.spend(1)).toThrow(
    expect.objectContaining({
      kind: 'too-large',
      message: 'the folder of the Azure agent cannot be looked at: it has more than 10000 entries',
    }),
  );
});

it('a look ends after two seconds', () => {
  let nowMs = 50;
  const budget = new ScanBudget(() => nowMs);
  nowMs += 2_000;
  budget.spend(1);
  nowMs += 1;
  expect(() => budget.spend(1)).toThrow(
    expect.objectContaining({
      kind: 'too-large',
      message: 'the folder of the Azure agent cannot be looked at: looking at it takes longer than 2 s',
    }),
  );
});
