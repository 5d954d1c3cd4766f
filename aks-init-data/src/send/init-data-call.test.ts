import { expect, it } from 'vitest';
import { initDataCall } from './init-data-call.ts';

it('delivers AKS init data as it is given', () => {
  const body = Buffer.from('{"envelope":{}}');
  const { parse, ...call } = initDataCall('c 1', { body, idempotencyKey: 'i-1', receipt: 'r1' });
  expect(call).toEqual({
    path: '/v1/kubernetes/external-clusters/c%201/aks-init-data',
    headers: { 'Idempotency-Key': 'i-1' },
    body,
  });
  expect(call.body).toBe(body);
  expect(parse(new Map())).toMatchObject({ valid: false });
});

it('takes only a receipt that names it for a success', () => {
  const f = (answer: Record<string, unknown>, receipt: string | undefined, expected: unknown): void => {
    const delivery = {
      body: Buffer.from('{}'),
      idempotencyKey: 'i-1',
      ...(receipt === undefined ? {} : { receipt }),
    };
    expect([answer, initDataCall('c', delivery).parse(new Map(Object.entries(answer)))]).toEqual([answer, expected]);
  };
  const taken = { valid: true, value: undefined };
  const other = { valid: false, problem: 'without the receipt that only who opened the envelope has' };
  f({ receipt: 'r1' }, 'r1', taken);
  f({ receipt: 'r2' }, 'r1', other);
  // What stands readable in the request proves nothing.
  f({ fingerprint: 'r1' }, 'r1', other);
  f({}, 'r1', other);
  // The older call has no answer to speak of.
  f({}, undefined, taken);
});
