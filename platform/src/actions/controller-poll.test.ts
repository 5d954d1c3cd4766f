import { expect, test } from 'vitest';
import { parseControllerVerdict } from './controller-poll.ts';

test('a verdict is a state and a cause, and what is neither says nothing', () => {
  const f = parseControllerVerdict;
  expect(f('ok')).toEqual({ state: 'ok', cause: '' });
  expect(f('degraded trust')).toEqual({ state: 'degraded', cause: 'trust' });
  expect(f('blocked api-server')).toEqual({ state: 'blocked', cause: 'api-server' });
  for (const header of [
    undefined,
    '',
    'fine',
    'blocked',
    'ok trust',
    'blocked a b',
    'blocked <b>',
    `blocked ${'a'.repeat(41)}`,
    ['ok'],
  ]) {
    expect(f(header)).toBe(undefined);
  }
});
