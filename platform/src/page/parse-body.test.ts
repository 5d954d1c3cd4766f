import { expect, test } from 'vitest';
import { parseBody } from './parse-body.ts';

test('a body that is a part of a larger buffer is read, and nothing around it', () => {
  const around = new TextEncoder().encode('xx{"name":"größe"}yy');
  expect(parseBody(around.subarray(2, -2))).toEqual({ name: 'größe' });
});
