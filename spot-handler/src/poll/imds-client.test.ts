import { afterEach, expect, test } from 'vitest';
import { systemClock } from '@castai/shared/async/clock.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { type ImdsReply, ImdsServer } from '@castai/test/fakes/imds/imds-server.ts';
import { ImdsClient } from './imds-client.ts';

const never = new AbortController().signal;
const sources: HttpAgents[] = [];
afterEach(() => {
  for (const source of sources.splice(0)) source.close();
});

async function serverWith(answer: (path: string) => ImdsReply): Promise<ImdsServer> {
  const server = new ImdsServer({ service: { answer: ({ path }) => answer(path) } });
  await server.listen();
  return server;
}

function clientOf({ url }: ImdsServer): ImdsClient {
  const baseUrl = new URL(url);
  const timeouts = { connectTimeoutMs: 5000, headersTimeoutMs: 5000, keepAliveMs: 5000 };
  const agents = new HttpAgents({ baseUrl, proxy: 'none', environment: {}, ...timeouts }, { clock: systemClock });
  sources.push(agents);
  return new ImdsClient({ baseUrl, agents, clock: systemClock });
}

test.each([301, 302, 303, 307, 308])('a redirect (%i) is an answer, and is followed nowhere', async (status) => {
  await using other = await serverWith(() => ({ status: 200, body: 'TRUE' }));
  await using server = await serverWith((path) =>
    path === '/start'
      ? { status, headers: { location: `${other.url}/elsewhere` }, body: '' }
      : { status: 200, body: 'TRUE' },
  );
  const headers = { 'x-aws-ec2-metadata-token': 'secret' };
  for (const method of ['GET', 'PUT', 'POST'] as const) {
    const answer = await clientOf(server).send({ path: '/start', method, headers }, never);
    expect(answer).toMatchObject({ isAnswered: true, status, text: '' });
  }
  expect([server.requests.map(({ path }) => path), other.requests]).toEqual([['/start', '/start', '/start'], []]);
});

test('a body is read whole or not at all: half a document would lack the notice that matters', async () => {
  const limit = 256 * 1024;
  await using server = await serverWith((path) => ({
    status: path.startsWith('/error') ? 500 : 200,
    body: 'x'.repeat(limit + (path.endsWith('more') ? 1 : 0)),
  }));
  const client = clientOf(server);
  expect(await client.send({ path: '/whole' }, never)).toMatchObject({ isAnswered: true, text: 'x'.repeat(limit) });
  for (const path of ['/more', '/error/more']) {
    expect(await client.send({ path }, never)).toEqual({
      isAnswered: false,
      isTimeout: false,
      detail: `a body of more than ${limit} bytes`,
    });
  }
});

test('an answer that ends in the middle is none', async () => {
  await using server = await serverWith(() => ({ status: 200, body: '{"Events":[]}' }));
  server.fail({ action: { type: 'truncate', bytes: 5, cut: true } });
  expect(await clientOf(server).send({ path: '/' }, never)).toMatchObject({ isAnswered: false, isTimeout: false });
});
