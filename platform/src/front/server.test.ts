import { expect, test } from 'vitest';
import { startServer } from './server.ts';

const ADDRESS = { port: 0, host: '127.0.0.1' };

test('a server that closes ends its connections, and waits for who is still at work', async () => {
  const log: string[] = [];
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const server = await startServer(async () => {
    arrived.resolve();
    await gate.promise;
    log.push('worked');
  }, ADDRESS);
  const answer = fetch(server.url);
  await arrived.promise;
  const closed = server.close().then(() => log.push('closed'));
  await expect(answer).rejects.toThrow('fetch failed');
  gate.resolve();
  await closed;
  expect(log).toEqual(['worked', 'closed']);
});

test('a port that is taken is an error, and an IPv6 address stands in brackets', async () => {
  const server = await startServer(async (_request, response) => void response.end('here'), { port: 0, host: '::1' });
  expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect(await (await fetch(server.url)).text()).toBe('here');
  const { port } = new URL(server.url);
  await expect(startServer(async () => {}, { port: Number(port), host: '::1' })).rejects.toThrow('is in use');
  await server.close();
});
