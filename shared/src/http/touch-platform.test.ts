import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { RecordingServer } from '../../testing/recording-server.ts';
import { HttpAgents } from './http-agents.ts';
import { touchPlatform } from './touch-platform.ts';

const LIMITS = { connectTimeoutMs: 3_000, headersTimeoutMs: 3_000, keepAliveMs: 58_000 } as const;

async function touch(apiUrl: URL): Promise<string[]> {
  const clock = new ManualClock();
  const dates: string[] = [];
  const agents = new HttpAgents({ baseUrl: apiUrl, proxy: 'none', environment: {}, ...LIMITS }, { clock });
  const theirClock = {
    asked:
      () =>
      ({ date = '' }) =>
        void dates.push(date),
  };
  try {
    await touchPlatform(
      { agents, apiUrl, userAgent: 'castai-spot-handler/1.2.3', clock, theirClock },
      new AbortController().signal,
    );
  } finally {
    agents.close();
  }
  return dates;
}

test('any answer will do, and its date is heard', async () => {
  await using server = await RecordingServer.start();
  server.react = (_, response) => response.writeHead(404, { date: 'Sun, 29 Nov 2026 12:00:00 GMT' }).end();
  expect(await touch(server.url)).toEqual(['Sun, 29 Nov 2026 12:00:00 GMT']);
});

test('nobody who listens is told with what to do, and is no bug of ours', async () => {
  await expect(touch(new URL('http://127.0.0.1:1'))).rejects.toMatchObject({
    code: 'PLATFORM_UNREACHABLE',
    message: 'connect ECONNREFUSED 127.0.0.1:1',
    hint: 'check host and port, and whether a network policy or firewall blocks outgoing connections',
  });
});
