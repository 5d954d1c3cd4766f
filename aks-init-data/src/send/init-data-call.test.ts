import { expect, it } from 'vitest';
import { initDataCall } from './init-data-call.ts';

it('delivers AKS init data as it is given', () => {
  const body = Buffer.from('{"envelope":{}}');
  const { parse, ...call } = initDataCall('c 1', { body, idempotencyKey: 'i-1', fingerprint: 'f1' });
  expect(call).toEqual({
    path: '/v1/kubernetes/external-clusters/c%201/aks-init-data',
    headers: { 'Idempotency-Key': 'i-1' },
    body,
  });
  expect(call.body).toBe(body);
  expect(parse(new Map())).toMatchObject({ valid: false });
});

it('takes only a receipt that names it for a success', () => {
  const f = (answer: Record<string, unknown>, fingerprint: string | undefined, expected: unknown): void => {
    const delivery = {
      body: Buffer.from('{}'),
      idempotencyKey: 'i-1',
      ...(fingerprint === undefined ? {} : { fingerprint }),
    };
    expect([answer, initDataCall('c', delivery).parse(new Map(Object.entries(answer)))]).toEqual([answer, expected]);
  };
  const taken = { valid: true, value: undefined };
  const other = { valid: false, problem: 'a receipt of something else' };
  f({ fingerprint: 'f1' }, 'f1', taken);
  f({ fingerprint: 'f2' }, 'f1', other);
  f({}, 'f1', other);
  // The older call has no answer to speak of.
  f({}, undefined, taken);
});
