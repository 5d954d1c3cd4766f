import { expect, test } from 'vitest';
import { takeFaults, type FaultRule } from './fault-rules.ts';

const drop: FaultRule = {
  id: 'f',
  on: [],
  cluster: undefined,
  skip: 0,
  times: undefined,
  probability: 1,
  action: { type: 'drop' },
};
const batch = { call: 'batch', cluster: 'c1' } as const;
const never = (): number => {
  throw new Error('chance was asked');
};

test('a fault without a number of times stays until cleared', () => {
  expect(takeFaults([drop], batch, never)).toEqual({ actions: [{ type: 'drop' }], rules: [drop] });
});

test('a fault shows so often and is gone', () => {
  const first = takeFaults([{ ...drop, times: 2 }], batch, never);
  expect(first).toEqual({ actions: [{ type: 'drop' }], rules: [{ ...drop, times: 1 }] });
  expect(takeFaults(first.rules, batch, never)).toEqual({ actions: [{ type: 'drop' }], rules: [] });
});

test('requests that pass first are counted down', () => {
  const first = takeFaults([{ ...drop, skip: 1, times: 1 }], batch, never);
  expect(first).toEqual({ actions: [], rules: [{ ...drop, times: 1 }] });
  expect(takeFaults(first.rules, batch, never).actions).toEqual([{ type: 'drop' }]);
});

test('a fault on other calls or another cluster does not show and is not used up', () => {
  const f = (rule: Partial<FaultRule>) => takeFaults([{ ...drop, times: 1, skip: 1, ...rule }], batch, never);
  for (const rule of [{ on: ['open', 'register'] as const }, { cluster: 'c2' }]) {
    expect(f(rule)).toEqual({ actions: [], rules: [{ ...drop, times: 1, skip: 1, ...rule }] });
  }
});

test('chance decides per request, and a miss does not use up the fault', () => {
  const rule = { ...drop, times: 1, probability: 0.25 };
  expect(takeFaults([rule], batch, () => 0.25)).toEqual({ actions: [], rules: [rule] });
  expect(takeFaults([rule], batch, () => 0.24)).toEqual({ actions: [{ type: 'drop' }], rules: [] });
});

test('several faults show on one request, in the order in which they were added', () => {
  const delay: FaultRule = { ...drop, id: 'g', action: { type: 'delay', ms: 5 } };
  expect(takeFaults([delay, drop], batch, never).actions.map(({ type }) => type)).toEqual(['delay', 'drop']);
});
