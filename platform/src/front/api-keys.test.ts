import { expect, test } from 'vitest';
import { ApiKeys, type Grant, whyForbidden } from './api-keys.ts';
import { AGENT_CALLS, type AgentCall } from './route.ts';

test('a key that was named is taken and no other, until the keys are replaced', () => {
  const keys = new ApiKeys(['old']);
  expect([keys.grantOf('old'), keys.grantOf('new'), keys.grantOf('')]).toEqual([{}, undefined, undefined]);
  keys.replace(['new']);
  expect([keys.grantOf('old'), keys.grantOf('new'), keys.grantOf('')]).toEqual([undefined, {}, undefined]);
});

test('any key is taken when none was named, but a missing one is not', () => {
  const keys = new ApiKeys();
  expect([keys.grantOf('any'), keys.grantOf('')]).toEqual([{}, undefined]);
});

test('behind a key stands what it is restricted to', () => {
  const keys = new ApiKeys(['a cluster=c1', 'b  role=spot', 'c role=init-data cluster=c2']);
  expect(['a', 'b', 'c'].map((key) => keys.grantOf(key))).toEqual([
    { cluster: 'c1' },
    { role: 'spot' },
    { role: 'init-data', cluster: 'c2' },
  ]);
});

test.each([
  [
    'secret-1 role=admin',
    'entry 2 of the keys: behind a key stand cluster=<id> and role=agent|spot|init-data, nothing else',
  ],
  [
    'secret-1 cluster=',
    'entry 2 of the keys: behind a key stand cluster=<id> and role=agent|spot|init-data, nothing else',
  ],
  [
    'secret-1 secret-2',
    'entry 2 of the keys: behind a key stand cluster=<id> and role=agent|spot|init-data, nothing else',
  ],
  ['secret-1 cluster=a cluster=b', 'entry 2 of the keys has a restriction twice'],
  ['first role=spot', 'entry 2 of the keys names a key that an earlier one names'],
])('%s is refused, without the key, and the keys before stay', (entry, message) => {
  const keys = new ApiKeys(['before']);
  expect(() => keys.replace(['first', entry])).toThrow(new RangeError(message));
  expect(keys.grantOf('before')).toEqual({});
});

test('a key of a role makes the calls of its program and no others', () => {
  const callsOf = (grant: Grant): AgentCall[] =>
    AGENT_CALLS.filter((call) => whyForbidden(grant, call, 'c1') === undefined);
  expect(callsOf({})).toEqual(AGENT_CALLS);
  expect(callsOf({ role: 'agent' })).toEqual([
    'register',
    'open',
    'batch',
    'delta',
    'log',
    'telemetry',
    'evictorReport',
  ]);
  expect(callsOf({ role: 'spot' })).toEqual(['event']);
  expect(callsOf({ role: 'init-data' })).toEqual(['initData']);
  // Whoever polls for actions has a key of no program that lies on nodes or beside an agent.
  const roles = ['agent', 'spot', 'init-data'] as const;
  expect(roles.filter((role) => whyForbidden({ role }, 'actions', 'c1') === undefined)).toEqual([]);
  expect(whyForbidden({ role: 'spot' }, 'open', 'c1')).toBe(
    'this key is for the role spot only, which does not make the call open',
  );
});

test('a key of a cluster is worth nothing at another one', () => {
  expect(whyForbidden({ cluster: 'c1' }, 'open', 'c1')).toBeUndefined();
  expect(whyForbidden({ cluster: 'c1' }, 'register', undefined)).toBeUndefined();
  expect(whyForbidden({ cluster: 'c1' }, 'open', 'c2')).toBe('this key is for the cluster c1 only');
});
