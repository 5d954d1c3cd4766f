import { expect, test } from 'vitest';
import { startServer } from './front/server.ts';
import { withEveryAddress } from './every-address.ts';

test('a star is every address, and any other word is itself', () => {
  expect(withEveryAddress({ host: '*', adminHost: '*', port: 1 })).toEqual({ host: '', adminHost: '', port: 1 });
  expect(withEveryAddress({ host: '::1', adminHost: '127.0.0.1' })).toEqual({ host: '::1', adminHost: '127.0.0.1' });
});

test('a server on every address is reached by the one that it names', async () => {
  const handle = async (_request: unknown, response: { end: (text: string) => void }): Promise<void> =>
    response.end('here');
  const server = await startServer(handle, { port: 0, host: '' });
  expect(await (await fetch(server.url)).text()).toBe('here');
  await server.close();
});
