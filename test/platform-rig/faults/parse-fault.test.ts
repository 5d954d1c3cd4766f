import { expect, test } from 'vitest';
import { parseFault } from './parse-fault.ts';

test('what is left out means any call, any cluster, at once, until cleared, always', () => {
  expect(parseFault({ action: { type: 'drop' } }, 'id-1')).toEqual({
    id: 'id-1',
    on: [],
    cluster: undefined,
    skip: 0,
    times: undefined,
    probability: 1,
    action: { type: 'drop' },
  });
});

test('every field can be given', () => {
  const action = { type: 'status', status: 429, retryAfter: '3', code: 'SLOW' };
  const request = { on: ['open', 'batch'], cluster: 'c', skip: 2, times: 3, probability: 0.5, action };
  expect(parseFault(request, 'id-1')).toEqual({ id: 'id-1', ...request });
  expect(parseFault({ on: 'batch', action }, 'id-1').on).toEqual(['batch']);
});

test.each([
  ['text', 'a fault must be an object'],
  [{}, 'action must be an object'],
  [{ action: { type: 'explode' } }, 'action.type must be one of closeIdle, cutAt'],
  [{ action: { type: 'delay' } }, 'action.ms must be a number'],
  [{ action: { type: 'delay', ms: 'soon' } }, 'action.ms must be a number'],
  [{ action: { type: 'drop', ms: 1 } }, 'a drop fault has no field ms'],
  [{ action: { type: 'poison', name: 'a', as: 'pod' } }, 'action.as must be batch or entry'],
  [{ on: 'everything', action: { type: 'drop' } }, 'on must be of register, open'],
  [{ times: -1, action: { type: 'drop' } }, 'times must be a number, 0 or more'],
  [{ time: 1, action: { type: 'drop' } }, 'a fault has no field time'],
  [{ cluster: 1, action: { type: 'drop' } }, 'cluster must be a string'],
])('%j is refused: %s', (request, message) => {
  expect(() => parseFault(request, 'id-1')).toThrow(message);
});
