import { getEventListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { behindProxy, ConnectProxy } from '@castai/test/fakes/connect-proxy.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { type Reaction, RecordingServer } from '../../testing/recording-server.ts';
import { TestAuthority } from '../../testing/test-authority.ts';
import { Secret } from '../config/secret.ts';
import { AgentSource } from '../http/http-agents.ts';
import type { ConnectionSettings } from '../http/connection.ts';
import { ApiKey } from './api-key.ts';
import type { ClusterRegistration } from './registration.ts';
import { RestClient } from './rest-client.ts';
import type { Outcome, Verdict } from './transport.ts';

const cluster: ClusterRegistration = {
  name: 'home',
  provider: { kind: 'anywhere', clusterName: 'home', kubeSystemNamespaceId: 'u' },
};

function answering(status: number, body: string, headers: Record<string, string> = {}): Reaction {
  return (_, response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

function verdictOf(outcome: Outcome<unknown>): Verdict {
  if (outcome.ok) throw new Error('taken for a success');
  return outcome.verdict;
}

describe('rest client', () => {
  const suite = new AsyncDisposableStack();
  const never = new AbortController().signal;
  let authority: TestAuthority;
  let stack: AsyncDisposableStack;
  let clock: ManualClock;
  let server: RecordingServer;
  let client: RestClient;

  const clientFor = (
    settings: Pick<ConnectionSettings, 'baseUrl'> & Partial<ConnectionSettings>,
    apiKey = new ApiKey({ value: Secret.of('k-1') }),
  ): RestClient => {
    const limits = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, keepAliveMs: 5_000 };
    const agents = new AgentSource({ proxy: 'none', environment: {}, ...limits, ...settings }, { clock });
    stack.defer(() => agents.close());
    return new RestClient({ baseUrl: settings.baseUrl, agents, apiKey, userAgent: 'castai-agent/1.2.3', clock });
  };
  const bodyOfLast = (): unknown => JSON.parse(server.last.body.toString());

  beforeAll(() => {
    authority = suite.use(new TestAuthority());
  });
  afterAll(() => suite.disposeAsync());
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    clock = new ManualClock();
    server = stack.use(await RecordingServer.start());
    client = clientFor({ baseUrl: server.url });
  });
  afterEach(async () => {
    await stack.disposeAsync();
    if (clock.pendingTimers > 0) throw new Error('a deadline outlived its attempt');
    if (getEventListeners(never, 'abort').length > 0) throw new Error('a listener outlived its attempt');
  });

  it('registers a cluster', async () => {
    server.react = answering(200, '{"id":"c-1","organizationId":"o-1","status":"ready"}');
    expect(await client.registerCluster(cluster, never)).toEqual({
      ok: true,
      value: { id: 'c-1', organizationId: 'o-1' },
    });
    const { method, url, headers } = server.last;
    expect({ method, url }).toEqual({ method: 'POST', url: '/v1/kubernetes/external-clusters' });
    expect(headers).toMatchObject({
      'x-api-key': 'k-1',
      'user-agent': 'castai-agent/1.2.3',
      'content-type': 'application/json',
      'content-length': String(server.last.body.byteLength),
    });
    expect(bodyOfLast()).toMatchObject({
      id: '00000000-0000-0000-0000-000000000000',
      name: 'home',
      anywhere: { clusterName: 'home', kubeSystemNamespaceId: 'u' },
      aks: null,
    });
  });

  it('takes a registration without an id for no success', async () => {
    for (const body of ['{}', '{"id":""}', '{"id":7}', '']) {
      server.react = answering(200, body);
      expect(verdictOf(await client.registerCluster(cluster, never))).toMatchObject({
        kind: 'INTERFERENCE',
        detail: 'HTTP 200, a registration without a cluster id',
      });
    }
  });

  it('sends telemetry and reads what the platform wants', async () => {
    const f = async (input: string, expected: unknown): Promise<void> => {
      server.react = answering(200, input);
      const telemetry = { agentVersion: 'v1.2.3', gitCommit: 'abc' };
      const outcome = await client.agentConfig('c 1', telemetry, never);
      expect([input, outcome]).toEqual([input, { ok: true, value: expected }]);
    };
    await f('{"intervalSeconds":"15","resync":false}', { intervalSeconds: 15, resync: false });
    expect(server.last.url).toBe('/v1/kubernetes/clusters/c%201/agent-config');
    expect(bodyOfLast()).toEqual({ agentVersion: 'v1.2.3', gitCommit: 'abc' });
    await f('{"intervalSeconds":30,"resync":true}', { intervalSeconds: 30, resync: true });
    await f('{"intervalSeconds":"soon","resync":"yes"}', { resync: false });
    await f('{"intervalSeconds":"0"}', { resync: false });
    await f('{}', { resync: false });
  });

  it('delivers AKS init data as it is given, and takes only a receipt that names it for a success', async () => {
    const body = Buffer.from('{"envelope":{}}');
    const f = async (answer: string, fingerprint: string | undefined, ok: boolean): Promise<void> => {
      server.react = answering(200, answer);
      const delivery = { body, idempotencyKey: 'i-1', ...(fingerprint === undefined ? {} : { fingerprint }) };
      expect([answer, (await client.sendInitData('c 1', delivery, never)).ok]).toEqual([answer, ok]);
    };
    await f('{"fingerprint":"f1"}', 'f1', true);
    expect(server.last).toMatchObject({ method: 'POST', url: '/v1/kubernetes/external-clusters/c%201/aks-init-data' });
    expect(server.last.headers).toMatchObject({ 'idempotency-key': 'i-1', 'content-type': 'application/json' });
    expect(server.last.body).toEqual(body);
    await f('{"fingerprint":"f2"}', 'f1', false);
    await f('{}', 'f1', false);
    await f('', 'f1', false);
    await f('<p>Sign in', 'f1', false);
    // The older call has no answer to speak of.
    await f('{}', undefined, true);
    await f('', undefined, true);
  });

  it('asks for the platform\u2019s wish for AKS init data', async () => {
    server.react = answering(200, '{"requestId":"r-1"}');
    expect(await client.initDataRequest('c', never)).toEqual({ ok: true, value: 'r-1' });
    expect(server.last).toMatchObject({ method: 'GET', url: '/v1/kubernetes/external-clusters/c/aks-init-data' });
    expect(server.last.body.byteLength).toBe(0);
    for (const answer of ['{}', '{"requestId":7}', `{"requestId":"${'r'.repeat(200)}"}`, '']) {
      server.react = answering(200, answer);
      expect(verdictOf(await client.initDataRequest('c', never))).toMatchObject({ kind: 'INTERFERENCE' });
    }
  });

  it('hands over a log line', async () => {
    server.react = answering(200, '{}');
    const event = { level: 'warning', timeMs: Date.UTC(2026, 0, 2), message: 'm', fields: { feed: 'pods' } } as const;
    expect(await client.sendAgentLogs('c', event, never)).toEqual({ ok: true, value: undefined });
    expect(server.last.url).toBe('/v1/kubernetes/clusters/c/agent-logs');
    expect(bodyOfLast()).toEqual({
      logEvent: { level: 'warning', time: '2026-01-02T00:00:00.000Z', message: 'm', fields: { feed: 'pods' } },
    });
  });

  it('reports a node that is about to go', async () => {
    server.react = answering(204, '');
    expect((await client.sendEvent('c', { type: 'interrupted', nodeId: '', providerId: 'azure:///x' }, never)).ok).toBe(
      true,
    );
    expect(server.last.url).toBe('/v1/kubernetes/external-clusters/c/events');
    expect(bodyOfLast()).toEqual({ event_type: 'interrupted', node_id: '', provider_id: 'azure:///x' });
    await client.sendEvent('c', { type: 'rebalanceRecommendation', nodeId: 'n' }, never);
    expect(bodyOfLast()).toEqual({ event_type: 'rebalanceRecommendation', node_id: 'n', provider_id: null });
  });

  it('takes no 2xx for a success that something in between made up, and follows no redirect', async () => {
    const f = async (input: Reaction, expected: Partial<Verdict>): Promise<void> => {
      server.react = input;
      const outcome = await client.sendEvent('c', { type: 'interrupted', nodeId: 'n' }, never);
      expect(verdictOf(outcome)).toMatchObject({ kind: 'INTERFERENCE', ...expected });
    };
    await f(answering(200, '<html>Sign in</html>'), { detail: 'HTTP 200, a body that is no JSON object' });
    await f(answering(200, 'null'), { detail: 'HTTP 200, a body that is no JSON object' });
    await f(answering(200, 'x'.repeat(1024 * 1024 + 1)), { detail: 'HTTP 200, a body of more than 1048576 bytes' });
    await f(answering(307, '', { location: new URL('/elsewhere', server.url).href }), {
      detail: `HTTP 307 to ${server.url.origin}`,
    });
    expect(server.requests.map(({ url }) => url)).not.toContain('/elsewhere');
  });

  it('tells what an error means, however large its body', async () => {
    server.react = answering(429, '{"message":"slow down"}', { 'retry-after': '20' });
    expect(verdictOf(await client.registerCluster(cluster, never))).toEqual({
      kind: 'UNAVAILABLE',
      status: 429,
      detail: 'HTTP 429: slow down',
      retryAfterMs: 20_000,
    });
    server.react = answering(503, 'x'.repeat(10 * 1024 * 1024));
    expect(verdictOf(await client.registerCluster(cluster, never))).toMatchObject({ kind: 'UNAVAILABLE', status: 503 });
    server.react = answering(200, '{"id":"c-1"}');
    expect((await client.registerCluster(cluster, never)).ok).toBe(true);
  });

  it('keeps its connection from one call to the next', async () => {
    server.react = answering(200, '{"id":"c-1"}');
    await client.registerCluster(cluster, never);
    server.react = answering(500, '{"message":"broken"}');
    await client.registerCluster(cluster, never);
    await client.registerCluster(cluster, never);
    expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
  });

  it('uses the new key of the file after a refusal', async () => {
    const file = authority.write('key', 'old');
    const keyed = clientFor({ baseUrl: server.url }, new ApiKey({ file }));
    server.react = (_, response) => {
      writeFileSync(file, 'new');
      response.writeHead(401).end();
    };
    expect(verdictOf(await keyed.registerCluster(cluster, never))).toMatchObject({
      kind: 'UNAUTHORIZED',
      keyChanged: true,
    });
    await keyed.registerCluster(cluster, never);
    expect(server.requests.map(({ headers }) => headers['x-api-key'])).toEqual(['old', 'new']);
  });

  it('gives no answer when nobody listens, the connection breaks or nothing comes within 10 s', async () => {
    server.react = (_, response) => response.socket?.resetAndDestroy();
    expect(verdictOf(await client.registerCluster(cluster, never))).toMatchObject({ failure: { kind: 'reset' } });
    server.react = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{', () => response.socket?.resetAndDestroy());
    };
    expect(verdictOf(await client.registerCluster(cluster, never))).toMatchObject({ failure: { kind: 'reset' } });

    for (const hang of [
      (): void => undefined,
      ((_, response) => void response.writeHead(200, { 'content-length': '100' }).write('{')) as Reaction,
    ]) {
      server.react = hang;
      const count = server.requests.length;
      const calling = client.registerCluster(cluster, never);
      await expect.poll(() => server.requests.length).toBe(count + 1);
      await clock.advance(10_000);
      expect(verdictOf(await calling)).toMatchObject({
        failure: { kind: 'timeout', detail: 'no complete answer within 10 s' },
      });
    }

    const url = server.url;
    await server[Symbol.asyncDispose]();
    const outcome = await clientFor({ baseUrl: url }).registerCluster(cluster, never);
    expect(verdictOf(outcome)).toMatchObject({ failure: { kind: 'refused', code: 'ECONNREFUSED' } });
  });

  it('ends at once with the reason of its signal', async () => {
    const reason = new Error('draining');
    await expect(client.registerCluster(cluster, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    server.react = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{', () => controller.abort(reason));
    };
    await expect(client.registerCluster(cluster, controller.signal)).rejects.toBe(reason);
  });

  it('reaches a platform through a proxy and with the CA of the file, and names what is missing', async () => {
    const secure = stack.use(await RecordingServer.start(authority.issue({ commonName: 'platform' })));
    const proxy = stack.use(await ConnectProxy.start());
    const baseUrl = behindProxy(secure.url);
    const caFile = authority.write('ca.pem', authority.certPem);
    const environment = { HTTPS_PROXY: proxy.url };
    secure.react = answering(200, '{"id":"c-1"}');
    const through = clientFor({ baseUrl, caFile, environment, proxy: 'environment' });
    expect((await through.registerCluster(cluster, never)).ok).toBe(true);
    expect(proxy.requests.map(({ line }) => line)).toEqual([`CONNECT ${baseUrl.host}`]);

    const distrusting = clientFor({ baseUrl, environment, proxy: 'environment' });
    expect(verdictOf(await distrusting.registerCluster(cluster, never))).toMatchObject({
      failure: { kind: 'tls' },
      hint: expect.stringContaining('TLS_CA_CERT_FILE') as string,
    });

    proxy.behaviour = 'refuse';
    const refused = clientFor({ baseUrl, caFile, environment, proxy: 'environment' });
    expect(verdictOf(await refused.registerCluster(cluster, never))).toMatchObject({ failure: { kind: 'proxy' } });
  });
});
