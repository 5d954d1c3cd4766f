import { expect, it } from 'vitest';
import { platformWishesCall } from './platform-wishes-call.ts';

it('tells which version runs and reads what the platform wants', () => {
  const call = platformWishesCall('c 1', { agentVersion: 'v1.2.3', gitCommit: 'abc' });
  expect([call.path, call.body]).toEqual([
    '/v1/kubernetes/clusters/c%201/agent-config',
    { agentVersion: 'v1.2.3', gitCommit: 'abc' },
  ]);
  const f = (answer: Record<string, unknown>, value: unknown): void => {
    expect([answer, call.parse(new Map(Object.entries(answer)))]).toEqual([answer, { valid: true, value }]);
  };
  f({ intervalSeconds: '15', resync: false }, { intervalSeconds: 15, resync: false });
  f({ intervalSeconds: 30, resync: true }, { intervalSeconds: 30, resync: true });
  f({ intervalSeconds: 'soon', resync: 'yes' }, { resync: false });
  f({ intervalSeconds: '0' }, { resync: false });
  f({}, { resync: false });
});
