import { expect, test } from 'vitest';
import { resolveBySystem } from './safe-address.ts';

test('a name is asked for once by all who ask at the same time, and anew by who asks later', async () => {
  const [one, other] = await Promise.all([resolveBySystem('localhost'), resolveBySystem('localhost')]);
  expect(other).toBe(one);
  expect(await resolveBySystem('localhost')).not.toBe(one);
  expect(one?.map(({ address }) => address).every((address) => ['127.0.0.1', '::1'].includes(address))).toBe(true);
});
