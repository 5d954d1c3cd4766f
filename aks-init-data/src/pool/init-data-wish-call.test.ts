import { expect, it } from 'vitest';
import { initDataWishCall } from './init-data-wish-call.ts';

it('asks for the platform\u2019s wish for AKS init data', () => {
  const { parse, ...call } = initDataWishCall('c 1');
  expect(call).toEqual({ method: 'GET', path: '/v1/kubernetes/external-clusters/c%201/aks-init-data' });
  const f = (answer: Record<string, unknown>, expected: unknown): void => {
    expect([answer, parse(new Map(Object.entries(answer)))]).toEqual([answer, expected]);
  };
  f({ requestId: 'r-1' }, { valid: true, value: 'r-1' });
  f({ requestId: '' }, { valid: true, value: '' });
  const none = { valid: false, problem: 'no request id' };
  f({}, none);
  f({ requestId: 7 }, none);
  f({ requestId: 'r'.repeat(129) }, none);
});
