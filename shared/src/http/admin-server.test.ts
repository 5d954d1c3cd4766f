import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import { createLogger } from '../log/logger.ts';
import { MetricsRegistry } from '../metrics/metrics.ts';
import { type AdminServer, type AdminServerOptions, startAdminServer } from './admin-server.ts';
import { HealthChecks } from './health.ts';
import type { StatusDocument } from './status-document.ts';

describe('admin server', () => {
  const clock = new ManualClock();
  const servers: AdminServer[] = [];
  const logged: string[] = [];
  const agent = new Agent({ keepAlive: true });

  const start = async (changes: Partial<AdminServerOptions> = {}): Promise<AdminServer> => {
    const server = await startAdminServer({
      port: 0,
      host: '127.0.0.1',
      health: new HealthChecks({}),
      registry: new MetricsRegistry({ program: 'castai-agent', version: '1.2.3' }),
      status: () => ({
        program: 'castai-agent',
        version: '1.2.3',
        startedAt: 'now',
        sections: [{ title: 'A', rows: { b: 1 } }],
      }),
      secrets: new KnownSecrets(),
      logger: createLogger({
        level: 'info',
        name: 'test',
        clock,
        destination: { write: (line) => void logged.push(line) },
      }),
      recentLog: { text: '{"message":"one"}\n' },
      clock,
      ...changes,
    });
    servers.push(server);
    return server;
  };
  const ask = async (
    port: number,
    path: string,
    method = 'GET',
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> => {
    const { promise, resolve, reject } = Promise.withResolvers<{
      status: number;
      headers: IncomingHttpHeaders;
      body: string;
    }>();
    const sent = request({ host: '127.0.0.1', port, path, method, agent, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
    return promise;
  };

  afterEach(async () => {
    agent.destroy();
    await Promise.all(servers.splice(0).map((server) => server.close()));
    logged.length = 0;
  });

  it('answers further documents as JSON, and says so while there is nothing to tell', async () => {
    let report: object | undefined;
    const { port } = await start({ documents: { '/report': () => report } });
    expect(await ask(port, '/report')).toMatchObject({ status: 503, body: 'there is nothing to tell yet\n' });
    report = { nodes: 3 };
    expect(await ask(port, '/report')).toMatchObject({ status: 200, body: '{"nodes":3}\n' });
    expect(await ask(port, '/constructor')).toMatchObject({
      status: 404,
      body: 'not found; there are /healthz, /readyz, /metrics, /statusz, /logz, /report\n',
    });
  });

  it('tells that it is alive before the many who ask for something long have their answers', async () => {
    let reports = 0;
    const begun = Promise.withResolvers<void>();
    const report = (): object => {
      reports += 1;
      begun.resolve();
      return { words: 'a "word"'.repeat(1000) };
    };
    const { port } = await start({ documents: { '/report': report } });
    const sockets = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = connect(port, '127.0.0.1').resume();
        const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
        await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
        return { socket, closed };
      }),
    );
    for (const { socket } of sockets) socket.write('GET /report HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await begun.promise;
    expect(await ask(port, '/healthz')).toMatchObject({ status: 200 });
    // Connections are taken one a turn, so up to 200 come before this one.
    expect(reports).toBeLessThan(20);
    await Promise.all(sockets.map(({ closed }) => closed));
    expect(reports).toBe(200);
  });

  it('is alive whatever readiness says, and ready only when every check is content', async () => {
    let reasons: string[] = ['feeds: 3 not synced', 'session: <not open>'];
    const health = { readiness: () => ({ ready: reasons.length === 0, reasons }) };
    const { port } = await start({ health });
    expect(await ask(port, '/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await ask(port, '/readyz')).toMatchObject({
      status: 503,
      body: 'feeds: 3 not synced\nsession: <not open>\n',
    });
    const asJson = await ask(port, '/readyz?format=json');
    expect([asJson.status, JSON.parse(asJson.body)]).toEqual([503, { ready: false, reasons }]);
    reasons = [];
    expect(await ask(port, '/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('adds the verdict to readiness where it is asked for, which changes nothing about the status', async () => {
    const verdict = {
      state: 'blocked',
      since: '2026-11-21T06:00:00.000Z',
      cause: 'api-server',
      why: 'ECONNREFUSED',
      address: 'https://10.0.0.1',
      cure: 'start it',
      runbook: '',
      others: 0,
    } as const;
    const status = (): StatusDocument => ({ program: 'p', version: '1', startedAt: 'now', verdict, sections: [] });
    const { port } = await start({ status });
    expect((await ask(port, '/readyz')).body).toBe('ok\n');
    const line =
      'verdict: blocked since 2026-11-21T06:00:00.000Z: api-server (https://10.0.0.1): ECONNREFUSED; start it';
    expect(await ask(port, '/readyz?verbose')).toMatchObject({ status: 200, body: `ok\n${line}\n` });
    const asJson = await ask(port, '/readyz?verbose&format=json');
    expect(JSON.parse(asJson.body)).toEqual({ ready: true, reasons: [], verdict });
    const { port: without } = await start();
    expect((await ask(without, '/readyz?verbose')).body).toBe('ok\n');
  });

  it('serves metrics in the text format', async () => {
    const answer = await ask((await start()).port, '/metrics');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.body).toContain('castai_agent_build_info{version="1.2.3"');
  });

  it('serves the status as a page and as JSON, neither cached nor able to load anything', async () => {
    const { port } = await start();
    const page = await ask(port, '/statusz');
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
    });
    expect(page.body).toContain('<h2>A</h2>');
    expect(JSON.parse((await ask(port, '/statusz?format=json')).body)).toEqual({
      program: 'castai-agent',
      version: '1.2.3',
      startedAt: 'now',
      sections: [{ title: 'A', rows: { b: 1 } }],
    });
  });

  it('lists its paths to whoever asks for another, also for one that is no path', async () => {
    const { port } = await start();
    const expected = { status: 404, body: 'not found; there are /healthz, /readyz, /metrics, /statusz, /logz\n' };
    for (const path of ['/debug/pprof', '//', '/healthz/', '/statusz/..%2f']) {
      expect({ path, ...(await ask(port, path)) }).toMatchObject({ path, ...expected });
    }
  });

  it('shows the log to whoever asks from this machine, and to nobody else', async () => {
    const { port } = await start({ host: '' });
    expect(await ask(port, '/logz')).toMatchObject({ status: 200, body: '{"message":"one"}\n' });
    // A sidecar on this machine asks for everybody, and says so.
    for (const name of ['x-forwarded-for', 'x-envoy-attempt-count', 'l5d-client-id', 'via', 'forwarded']) {
      expect([name, (await ask(port, '/logz', 'GET', { [name]: '1' })).status]).toEqual([name, 403]);
    }
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of others) {
      const answer = await fetch(`http://${address}:${String(port)}/logz`);
      expect([answer.status, (await answer.text()).includes('one')]).toEqual([403, false]);
    }
  });

  it('leads whoever opens the port in a browser to the page for people, and rests it when asked', async () => {
    const { port } = await start();
    expect(await ask(port, '/')).toMatchObject({ status: 302, headers: { location: '/statusz' } });
    expect((await ask(port, '/statusz')).body).toContain('http-equiv="refresh"');
    expect((await ask(port, '/statusz?paused')).body).not.toContain('http-equiv="refresh"');
  });

  it('answers GET and HEAD only', async () => {
    const { port } = await start();
    expect(await ask(port, '/healthz', 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    const head = await ask(port, '/metrics', 'HEAD');
    expect([head.status, head.body]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
  });

  it('answers 500 and logs once when a handler fails', async () => {
    const status = (): never => {
      throw new TypeError('boom');
    };
    const { port } = await start({ status });
    expect(await ask(port, '/statusz')).toMatchObject({ status: 500, body: 'INTERNAL: boom\n' });
    expect(await ask(port, '/statusz')).toMatchObject({ status: 500 });
    expect(logged.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'error', component: 'admin', path: '/statusz', error: { code: 'INTERNAL', message: 'boom' } },
    ]);
  });

  it('listens on every address, IPv6 and IPv4, unless told which', async () => {
    const { port } = await start({ host: '' });
    const at = async (host: string): Promise<string> => {
      const response = await fetch(`http://${host}:${port}/healthz`);
      return response.text();
    };
    expect(await at('127.0.0.1')).toBe('ok\n');
    const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
    if (hasIpv6) expect(await at('[::1]')).toBe('ok\n');
  });

  it('tells nothing under the name of somebody else, but is alive under any', async () => {
    const { port } = await start();
    const as = (host: string, path: string): Promise<{ status: number }> => ask(port, path, 'GET', { host });
    expect(await as('attacker.example', '/statusz')).toMatchObject({ status: 403 });
    expect(await as('attacker.example', '/readyz')).toMatchObject({ status: 403 });
    expect(await as('attacker.example', '/metrics')).toMatchObject({ status: 403 });
    expect(await as('attacker.example', '/healthz')).toMatchObject({ status: 200 });
    expect(await as('castai-agent.castai-agent.svc:8080', '/metrics')).toMatchObject({ status: 200 });
    expect(await as('localhost:8080', '/statusz')).toMatchObject({ status: 200 });
  });

  it('answers its probe while 500 connections are held open', async () => {
    const { port } = await start();
    const held = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
        socket.on('error', () => undefined);
        await new Promise((resolve) => socket.once('connect', resolve));
        return socket;
      }),
    );
    for (let round = 0; round < 7; round += 1) expect(await ask(port, '/healthz')).toMatchObject({ status: 200 });
    for (const socket of held) socket.destroy();
  });

  it('answers once for each connection, however many requests or how much of a body come with it', async () => {
    let renderings = 0;
    const status = (): StatusDocument => {
      renderings += 1;
      return { program: 'p', version: '1', startedAt: 'now', sections: [] };
    };
    const { port } = await start({ status });
    const exchange = async (sent: string): Promise<string> => {
      const socket = connect({ port, host: '127.0.0.1' });
      let received = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
      socket.on('error', () => undefined);
      socket.write(sent);
      await new Promise((resolve) => socket.once('close', resolve));
      return received;
    };
    const asked = 'GET /statusz HTTP/1.1\r\nHost: localhost\r\n\r\n';
    expect(await exchange(asked.repeat(20))).toMatch(/^HTTP\/1\.1 200 /u);
    expect(renderings).toBe(1);
    const head = 'POST /statusz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n';
    expect(await exchange(`${head}${'x'.repeat(1000)}`)).toMatch(/^HTTP\/1\.1 405 /u);
  });

  it('ends a connection that has asked for nothing after five seconds, whatever it has sent, and has no timer while there is none', async () => {
    const { port } = await start();
    const ended = ['GET /healthz HTTP/1.1\r\nHo', '\r\n'].map((sent) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => undefined).resume();
      socket.write(sent);
      return new Promise((resolve) => socket.once('close', resolve));
    });
    await eventually({ what: 'both wait', look: () => clock.pendingTimers, until: (count) => count === 2 });
    await clock.advance(4_999);
    expect(clock.pendingTimers).toBe(2);
    await clock.advance(1);
    await Promise.all(ended);
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes its time with an answer, which is no silence', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let isAsked = false;
    const registry = {
      expose: async () => {
        isAsked = true;
        await promise;
        return { contentType: 'text/plain', text: 'late' };
      },
    };
    const { port } = await start({ registry });
    const answer = ask(port, '/metrics');
    await eventually({ what: 'it is asked', look: () => isAsked, until: (is) => is });
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(60_000);
    resolve();
    expect(await answer).toMatchObject({ status: 200, body: 'late' });
  });

  it('refuses headers that are too large', async () => {
    const { port } = await start();
    expect(await ask(port, `/healthz?${'x'.repeat(10_000)}`)).toMatchObject({ status: 431 });
  });

  it('says which port is in use and what to do', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `port ${port} of 127.0.0.1 is in use`,
      hint: 'set ADMIN_PORT to a port that is free; a pod with hostNetwork shares its ports with the whole node',
    });
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      hint: 'set ADMIN_HOST to an address of this machine, and ADMIN_PORT to a port above 1023',
    });
  });

  it('closes idle connections at once and may be closed twice', async () => {
    const server = await start();
    await ask(server.port, '/healthz');
    await server.close();
    await server.close();
    agent.destroy();
    await expect(ask(server.port, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives a running answer a second when it closes', async () => {
    const asked = Promise.withResolvers<void>();
    const expose = (): Promise<never> => {
      asked.resolve();
      return new Promise<never>(() => undefined);
    };
    const server = await start({ registry: { expose } });
    const hanging = ask(server.port, '/metrics').catch((error: unknown) => error);
    await asked.promise;
    let closed = false;
    const closing = server.close().then(() => (closed = true));
    await clock.advance(999);
    expect(closed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(await hanging).toMatchObject({ code: 'ECONNRESET' });
  });

  it('survives bytes that are not HTTP', async () => {
    const { port } = await start();
    const socket = connect(port, '127.0.0.1');
    const answered = Promise.withResolvers<string>();
    socket.on('data', (data) => answered.resolve(String(data))).on('error', answered.reject);
    socket.write('\u0016\u0003\u0001 not http\r\n\r\n');
    expect(await answered.promise).toContain('400 Bad Request');
    socket.destroy();
    expect(await ask(port, '/healthz')).toMatchObject({ status: 200 });
  });
});
