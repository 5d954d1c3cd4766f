import { Secret } from '@castai/shared/config/secret.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { HastyClock } from '@castai/shared/testing/hasty-clock.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import { JsonClient } from '@castai/shared/wire/json-client.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AckOutbox } from './ack-outbox.ts';

const clock = new HastyClock(100);
let server: RecordingServer;
let agents: HttpAgents;
let outbox: AckOutbox;
let settled: string[];
let bugs: unknown[];
beforeEach(async () => {
  [server, settled, bugs] = [await RecordingServer.start(), [], []];
  const limits = { connectTimeoutMs: 5000, headersTimeoutMs: 60_000, keepAliveMs: 1000 };
  agents = new HttpAgents({ baseUrl: server.url, proxy: 'none', environment: {}, ...limits }, { clock });
  const apiKey = new ApiKey({ value: Secret.of('key-0001') }, new KnownSecrets());
  outbox = new AckOutbox({
    platform: new JsonClient({ baseUrl: server.url, agents, apiKey, userAgent: 'test', clock, timeoutMs: 3_000_000 }),
    clusterId: 'c-1',
    observer: { onAcked: () => undefined, onAckFailed: () => undefined },
    onSettled: (id) => void settled.push(id),
    onBroken: (error) => void bugs.push(error),
    clock,
    random: () => 0.5,
  });
});
afterEach(async () => {
  outbox.stop();
  agents.close();
  await server[Symbol.asyncDispose]();
  if (bugs.length > 0) throw new AggregateError(bugs, 'the outbox has bugs');
});

const settles = (...ids: string[]): Promise<unknown> =>
  eventually({
    what: `${ids.join(', ')} are settled`,
    look: () => settled.length,
    until: (count) => count >= ids.length,
  });

describe('acknowledgements', () => {
  it('say null for what is done, and the error for what is not', async () => {
    server.react = (_request, response) => response.writeHead(200).end();
    outbox.want({ id: 'a/1', error: null });
    outbox.want({ id: 'a-2', error: 'timeout: it took too long' });
    await settles('a/1', 'a-2');
    const sent = server.requests.map(({ method, url, body }) => `${method} ${url} ${body.toString()}`);
    expect(sent.toSorted()).toEqual([
      'POST /v1/kubernetes/clusters/c-1/actions/a%2F1/ack {"error":null}',
      'POST /v1/kubernetes/clusters/c-1/actions/a-2/ack {"error":"timeout: it took too long"}',
    ]);
  });

  it('are sent again until they are taken, lost answers and pages of others among it', async () => {
    let attempt = 0;
    server.react = (_request, response) => {
      attempt += 1;
      if (attempt <= 3) response.writeHead(503).end();
      else if (attempt <= 6) response.socket?.destroy();
      else if (attempt <= 9) response.writeHead(200).end('<html>log in</html>');
      else response.writeHead(200).end('{}');
    };
    outbox.want({ id: 'a', error: null });
    await settles('a');
    expect([settled, outbox.pendingCount, attempt]).toEqual([['a'], 0, 10]);
  });

  it('that the platform will never take are settled; what a box in between refuses is not', async () => {
    for (const [index, status] of [400, 404, 409, 410].entries()) {
      let isPlatform = false;
      server.react = (_request, response) => {
        const body = isPlatform ? JSON.stringify({ code: 'INVALID', message: 'no such action' }) : '<html>';
        isPlatform = true;
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      };
      outbox.want({ id: `a-${status}`, error: null });
      await eventually({ what: `${status} is settled`, look: () => settled, until: (all) => all.length > index });
      expect([status, server.requests.length]).toEqual([status, 2 * (index + 1)]);
    }
  });

  it('of a cluster that the platform does not know are sent again: it may know it later', async () => {
    let isKnown = false;
    server.react = (_request, response) => {
      const body = JSON.stringify({ code: 'UNKNOWN_CLUSTER', message: 'no such cluster' });
      response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' }).end(isKnown ? '{}' : body);
      isKnown = true;
    };
    outbox.want({ id: 'a', error: null });
    await settles('a');
    expect(server.requests).toHaveLength(2);
  });

  it('that nobody wants sent any more are not', async () => {
    server.react = (_request, response) => response.writeHead(503).end();
    outbox.want({ id: 'a', error: null });
    await eventually({ what: 'it was tried', look: () => server.requests.length, until: (count) => count > 0 });
    outbox.stop();
    expect([outbox.pendingCount, settled]).toEqual([0, []]);
    server.react = (_request, response) => response.writeHead(200).end('{}');
    outbox.want({ id: 'b', error: null });
    await settles('b');
    expect(settled).toEqual(['b']);
  });
});
