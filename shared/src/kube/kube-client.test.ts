import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { RecordingServer } from '../../testing/recording-server.ts';
import { HttpAgents } from '../http/http-agents.ts';
import type { AnswerDate } from '../http/read-clock.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import { KubeClient } from './kube-client.ts';

const NO_SIGNAL = new AbortController().signal;
const JSON_TYPE = { 'content-type': 'application/json' };
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/castai/leases';

/** In use, and quoted by a server. */
const SECRET = 'abcdefghij0123456789';

let server: RecordingServer;
let agents: HttpAgents;
let clock: ManualClock;
let client: KubeClient;
let dates: AnswerDate[];
let tokens: string[];

beforeEach(async () => {
  server = await RecordingServer.start();
  clock = new ManualClock();
  tokens = ['Bearer one-token'];
  dates = [];
  const baseUrl = new URL('/prefix/', server.url);
  const limits = { connectTimeoutMs: 5000, headersTimeoutMs: 5000, keepAliveMs: 5000 };
  const connection = { baseUrl, proxy: 'none', environment: {}, ...limits } as const;
  const secrets = new KnownSecrets();
  secrets.add('API server', SECRET);
  agents = new HttpAgents(connection, { clock, secrets });
  client = new KubeClient({
    credentials: {
      server: baseUrl,
      connection,
      authorization: async () => tokens[0],
      refresh: async () => void (tokens.length > 1 && tokens.shift()),
    },
    agents,
    clock,
    userAgent: 'castai-agent/1.2.3',
    theirClock: { asked: () => (answer) => void dates.push(answer) },
  });
});

afterEach(async () => {
  if (clock.pendingTimers > 0) throw new Error(`${clock.pendingTimers} timers were left behind`);
  agents.close();
  await server[Symbol.asyncDispose]();
});

const answerWith = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
  server.react = (_, response) => response.writeHead(status, { ...JSON_TYPE, ...headers }).end(JSON.stringify(body));
};

describe('kube client', () => {
  it('has the date of every answer heard, refusals among them', async () => {
    answerWith(200, { kind: 'Node' }, { date: 'Sun, 29 Nov 2026 12:00:00 GMT' });
    await client.get('/api/v1/nodes/n', NO_SIGNAL);
    answerWith(404, { kind: 'Status' }, { date: 'Sun, 29 Nov 2026 12:00:00 GMT' });
    await expect(client.get('/api/v1/nodes/n', NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_NOT_FOUND' });
    expect(dates).toEqual([{ date: 'Sun, 29 Nov 2026 12:00:00 GMT' }, { date: 'Sun, 29 Nov 2026 12:00:00 GMT' }]);
  });

  it('quotes no secret in use, also where the sentence is cut in the middle of it', async () => {
    for (const before of ['', 'x'.repeat(287)]) {
      answerWith(401, {
        kind: 'Status',
        status: 'Failure',
        code: 401,
        message: `${before} token ${SECRET} is not valid`,
      });
      const error: unknown = await client.get('/api/v1/nodes/n', NO_SIGNAL).catch((thrown: unknown) => thrown);
      expect(inspect(error)).toContain('the API server answered 401: ');
      expect(inspect(error)).not.toContain(SECRET.slice(0, 4));
    }
    answerWith(403, { kind: 'Status', status: 'Failure', code: 403, message: `system:anonymous, by ${SECRET}` });
    await expect(client.get('/api/v1/nodes/n', NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_UNAUTHORIZED' });
  });

  it('reads an object', async () => {
    answerWith(200, { kind: 'Lease', metadata: { name: 'a' } });
    expect(await client.get(`${LEASES}/a`, NO_SIGNAL)).toEqual({ kind: 'Lease', metadata: { name: 'a' } });
    expect(server.last).toMatchObject({ method: 'GET', url: `/prefix${LEASES}/a` });
    expect(server.last.headers).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'identity',
      authorization: 'Bearer one-token',
      'user-agent': 'castai-agent/1.2.3',
    });
  });

  it('creates and patches with the right content types', async () => {
    const made = { kind: 'Lease', metadata: { name: 'a', uid: 'u' } };
    answerWith(201, made);
    expect(await client.create(LEASES, { spec: {} }, NO_SIGNAL)).toEqual(made);
    expect(server.last).toMatchObject({ method: 'POST', url: `/prefix${LEASES}`, body: Buffer.from('{"spec":{}}') });
    expect(server.last.headers['content-type']).toBe('application/json');

    answerWith(200, { kind: 'Lease', metadata: { name: 'a' } });
    await client.patch(`${LEASES}/a`, { contentType: 'application/json-patch+json', body: [] }, NO_SIGNAL);
    expect(server.last).toMatchObject({ method: 'PATCH', url: `/prefix${LEASES}/a`, body: Buffer.from('[]') });
    expect(server.last.headers['content-type']).toBe('application/json-patch+json');
  });

  it('deletes on conditions, and reads no object from the answer', async () => {
    answerWith(200, { kind: 'Status', status: 'Success' });
    await client.delete(`${LEASES}/a`, { preconditions: { uid: 'u' } }, NO_SIGNAL);
    expect(server.last).toMatchObject({
      method: 'DELETE',
      url: `/prefix${LEASES}/a`,
      body: Buffer.from('{"preconditions":{"uid":"u"}}'),
    });
    expect(server.last.headers['content-type']).toBe('application/json');
    answerWith(409, { kind: 'Status', status: 'Failure', reason: 'Conflict', code: 409 });
    await expect(client.delete(`${LEASES}/a`, {}, NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
  });

  it.each([true, false])('tells from an access review whether we may: %j', async (allowed) => {
    answerWith(201, { kind: 'SelfSubjectAccessReview', status: { allowed } });
    expect(await client.canI({ group: 'apps', resource: 'deployments', verb: 'watch' }, NO_SIGNAL)).toBe(allowed);
    expect(server.last.url).toBe('/prefix/apis/authorization.k8s.io/v1/selfsubjectaccessreviews');
    expect(JSON.parse(server.last.body.toString())).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { group: 'apps', resource: 'deployments', verb: 'watch' } },
    });
  });

  it('takes a review without a result for no permission either way', async () => {
    answerWith(201, { kind: 'SelfSubjectAccessReview', status: {} });
    await expect(client.canI({ group: '', resource: 'pods', verb: 'list' }, NO_SIGNAL)).rejects.toMatchObject({
      code: 'KUBE_SERVER_ERROR',
    });
  });

  it('tells what the server said', async () => {
    answerWith(409, { kind: 'Status', code: 409, reason: 'AlreadyExists', message: 'leases "a" already exists' });
    await expect(client.create(LEASES, {}, NO_SIGNAL)).rejects.toMatchObject({
      code: 'KUBE_CONFLICT',
      reason: 'AlreadyExists',
      message: 'the API server answered 409: leases "a" already exists',
    });
    answerWith(429, {}, { 'retry-after': '2' });
    await expect(client.get(LEASES, NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_THROTTLED', retryAfterMs: 2000 });
    answerWith(302, {}, { location: server.url.href });
    await expect(client.get(LEASES, NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_SERVER_ERROR', status: 302 });
  });

  it('repeats a request once with a token read anew after a 401', async () => {
    tokens = ['Bearer old', 'Bearer new'];
    server.react = ({ headers }, response) =>
      response.writeHead(headers.authorization === 'Bearer new' ? 200 : 401, JSON_TYPE).end('{"kind":"LeaseList"}');
    expect(await client.get(LEASES, NO_SIGNAL)).toEqual({ kind: 'LeaseList' });
    tokens = ['Bearer wrong'];
    await expect(client.get(LEASES, NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_UNAUTHORIZED' });
    expect(server.requests).toHaveLength(4);
  });

  it.each(['[]', 'null', 'nonsense', '', '{}', '{"kind":""}', '{"kind":7}', '{"items":[]}'])(
    'takes the body %j for broken',
    async (body) => {
      server.react = (_, response) => response.writeHead(200, JSON_TYPE).end(body);
      await expect(client.get(LEASES, NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_STREAM_BROKEN' });
    },
  );

  it('asks no kind of what is no object of the API', async () => {
    answerWith(200, { gitVersion: 'v1.36.0' });
    expect(await client.get('/version', NO_SIGNAL)).toEqual({ gitVersion: 'v1.36.0' });
  });

  it('takes an error that comes as a success for what it says', async () => {
    answerWith(200, { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 });
    await expect(client.get(`${LEASES}/a`, NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_NOT_FOUND' });
    answerWith(201, { kind: 'Status', status: 'Success', code: 201 });
    expect(await client.create(LEASES, {}, NO_SIGNAL)).toMatchObject({ status: 'Success' });
  });

  it('refuses an answer without end', async () => {
    server.react = (_, response) => {
      response.writeHead(200, JSON_TYPE);
      const block = Buffer.alloc(1024 * 1024, ' ');
      const pour = (): void => void (response.destroyed || response.write(block, pour));
      pour();
    };
    await expect(client.get(LEASES, NO_SIGNAL)).rejects.toMatchObject({ code: 'KUBE_FRAME_TOO_LARGE' });
  });

  it('gives up an answer that does not come within 30 s', async () => {
    server.react = (_, response) => response.writeHead(200, JSON_TYPE).write('{');
    const failed = client.get(LEASES, NO_SIGNAL).catch((error: unknown) => error);
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(30_000);
    expect(await failed).toMatchObject({ code: 'KUBE_UNREACHABLE', message: expect.stringContaining('30 s') });
  });

  it('rejects with the reason of an abort', async () => {
    server.react = () => undefined;
    const controller = new AbortController();
    const failed = client.get(LEASES, controller.signal).catch((error: unknown) => error);
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort('the reason');
    expect(await failed).toBe('the reason');
    expect(await client.get(LEASES, controller.signal).catch((error: unknown) => error)).toBe('the reason');
    expect(server.requests).toHaveLength(1);
  });

  it('never keeps the token in an error', async () => {
    server.react = (_, response) => response.destroy();
    const error: unknown = await client.get(LEASES, NO_SIGNAL).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'KUBE_UNREACHABLE' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('one-token');
  });
});
