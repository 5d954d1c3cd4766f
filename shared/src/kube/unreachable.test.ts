import { expect, test } from 'vitest';
import { classifyTransport } from './classify-kube.ts';
import { whyUnreachable } from './unreachable.ts';

test('of an API server that cannot be reached the reason alone is left, and other words are left as they are', () => {
  const { message } = classifyTransport(new Error('connect ECONNREFUSED 10.0.0.1:443'));
  expect([message, 'the API server answered 500: broken'].map(whyUnreachable)).toEqual([
    'connect ECONNREFUSED 10.0.0.1:443',
    'the API server answered 500: broken',
  ]);
});
