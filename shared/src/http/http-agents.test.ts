import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { behindProxy, ConnectProxy } from '../../testing/connect-proxy.ts';
import { withDeadline } from '../async/deadline.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { TestAuthority } from '../../testing/test-authority.ts';
import { exchange, openExchange } from './exchange.ts';
import { HttpAgents } from './http-agents.ts';
import type { ConnectionSettings } from './connection.ts';
import { KnownSecrets } from '../log/known-secrets.ts';

const held: ServerResponse[] = [];

/** Answers with the port the request came from, which tells whether a connection was used again; `/hold` waits for the test, `/mute` is never answered. */
const answer = (request: IncomingMessage, response: ServerResponse): void => {
  if (request.url === '/mute') return;
  if (request.url === '/hold') {
    response.write('begin ');
    held.push(response);
    return;
  }
  response.end(`${request.method} ${request.url} from ${request.socket.remotePort}`);
};

describe('agents', () => {
  const stack = new AsyncDisposableStack();
  const clock = new ManualClock();
  const secrets = new KnownSecrets();
  let authority: TestAuthority;
  let other: TestAuthority;
  let plain: URL;
  let secure: URL;
  let proxy: ConnectProxy;
  const sources: HttpAgents[] = [];

  const listen = async (server: Server, scheme: string, host = '127.0.0.1'): Promise<URL> => {
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    stack.defer(() => new Promise<void>((resolve) => void server.close(() => resolve())));
    const { family, port } = server.address() as AddressInfo;
    return new URL(`${scheme}://${family === 'IPv6' ? `[${host}]` : host}:${port}`);
  };
  const sourceFor = (settings: Pick<ConnectionSettings, 'baseUrl'> & Partial<ConnectionSettings>): HttpAgents => {
    const limits = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, keepAliveMs: 5_000 };
    const source = new HttpAgents({ proxy: 'none', environment: {}, ...limits, ...settings }, { clock, secrets });
    sources.push(source);
    return source;
  };
  const never = new AbortController().signal;
  const get = async (agents: HttpAgents, url: URL): Promise<string> => {
    const request = { agents, url: new URL('/x', url).href, headers: {} };
    const { bytes } = await exchange(request, { successBytes: 1000, errorBytes: 1000 }, never);
    return Buffer.from(bytes).toString('utf8');
  };

  beforeAll(async () => {
    authority = stack.use(new TestAuthority());
    other = stack.use(new TestAuthority('another'));
    const { certPem: cert, keyPem: key } = authority.issue({ commonName: 'server' });
    plain = await listen(createHttpServer(answer), 'http');
    secure = await listen(createHttpsServer({ cert, key }, answer), 'https');
    proxy = stack.use(await ConnectProxy.start());
  });
  afterEach(() => {
    for (const source of sources.splice(0)) source.close();
    proxy.requests.length = 0;
  });
  afterAll(() => stack.disposeAsync());

  it('use one connection again', async () => {
    const source = sourceFor({ baseUrl: plain });
    const first = await get(source, plain);
    expect(first).toMatch(/^GET \/x from \d+$/u);
    expect(await get(source, plain)).toBe(first);
  });

  it('use no connection again that waited beside one over which no answer came in time, and each beside one that was given up', async () => {
    const source = sourceFor({ baseUrl: plain });
    const request = { agents: source, url: new URL('/mute', plain).href, headers: {} };
    const two = new Set(await Promise.all([get(source, plain), get(source, plain)]));
    const givenUp = new AbortController();
    const muted = openExchange(request, givenUp.signal);
    givenUp.abort(new Error('nobody wants it any more'));
    await expect(muted).rejects.toThrow('canceled');
    expect(two).toContain(await get(source, plain));
    const deadline = { ms: 4_000, clock, overdue: () => new Error('no answer within 4 s') };
    const late = withDeadline(deadline, (signal) => openExchange(request, signal), never);
    await Promise.all([expect(late).rejects.toThrow('no answer within 4 s'), clock.advance(4_000)]);
    expect(two).not.toContain(await get(source, plain));
  });

  it('trust the CA file, and nobody else without it', async () => {
    const caFile = authority.write('ca.pem', authority.certPem);
    expect(await get(sourceFor({ baseUrl: secure, caFile }), secure)).toContain('GET /x');
    await expect(get(sourceFor({ baseUrl: secure }), secure)).rejects.toThrow('unable to verify the first certificate');
    expect(
      await get(sourceFor({ baseUrl: secure, caPem: authority.certPem, trustSystemRoots: false }), secure),
    ).toContain('GET');
  });

  it('accept any certificate only when told so, and check another name when told so', async () => {
    expect(await get(sourceFor({ baseUrl: secure, verifyServer: false }), secure)).toContain('GET /x');
    const caPem = authority.certPem;
    expect(await get(sourceFor({ baseUrl: secure, caPem, serverName: 'localhost' }), secure)).toContain('GET /x');
    await expect(get(sourceFor({ baseUrl: secure, caPem, serverName: 'other.test' }), secure)).rejects.toThrow(
      'altnames',
    );
  });

  it('follow a CA file that is replaced, without keeping connections made under the old one', async () => {
    const caFile = authority.write('rotating.pem', other.certPem);
    const source = sourceFor({ baseUrl: secure, caFile });
    await expect(get(source, secure)).rejects.toThrow('unable to verify the first certificate');

    writeFileSync(caFile, authority.certPem);
    await clock.advance(5_000);
    expect(await get(source, secure)).toContain('GET /x');

    writeFileSync(caFile, `${other.certPem}\n`);
    await clock.advance(5_000);
    await expect(get(source, secure)).rejects.toThrow('unable to verify the first certificate');
  });

  it('let a running request finish when the CA file is replaced, then close its connection', async () => {
    const caFile = authority.write('running.pem', authority.certPem);
    const source = sourceFor({ baseUrl: secure, caFile });
    const running = await openExchange({ agents: source, url: new URL('/hold', secure).href, headers: {} }, never);
    writeFileSync(caFile, authority.certPem + other.certPem);
    await clock.advance(5_000);
    await get(source, secure);

    const socket = held[0]?.socket;
    const closed = new Promise((resolve) => socket?.once('close', resolve));
    held[0]?.end('end');
    let body = '';
    for await (const chunk of running.body) body += String(chunk);
    expect(body).toBe('begin end');
    await closed;
  });

  it('tunnel https through the proxy with its password and the CA file', async () => {
    const environment = { HTTPS_PROXY: proxy.url.replace('//', '//user:p%40ssword@') };
    const source = sourceFor({
      baseUrl: behindProxy(secure),
      caPem: authority.certPem,
      proxy: 'environment',
      environment,
    });
    expect(await get(source, behindProxy(secure))).toContain('GET /x');
    expect(secrets.redact(`p@ssword p%40ssword ${Buffer.from('user:p@ssword').toString('base64')}`)).toBe(
      '[secret] [secret] [secret]',
    );
    expect(proxy.requests).toEqual([
      {
        line: `CONNECT ${behindProxy(secure).host}`,
        authorization: `Basic ${Buffer.from('user:p@ssword').toString('base64')}`,
      },
    ]);
  });

  it('reach a server, and a proxy, whose address is an IPv6 one', async () => {
    const six = await listen(createHttpServer(answer), 'http', '::1');
    expect(await get(sourceFor({ baseUrl: six }), six)).toContain('GET /x');
    // Any server can be asked as a proxy: it is told the whole address.
    const through = {
      baseUrl: behindProxy(plain),
      proxy: 'environment',
      environment: { HTTP_PROXY: six.origin },
    } as const;
    expect(await get(sourceFor(through), behindProxy(plain))).toContain(`GET ${behindProxy(plain).href}x`);
  });

  it('send http through the proxy, and not what is exempt', async () => {
    const environment = { HTTP_PROXY: proxy.url };
    expect(
      await get(sourceFor({ baseUrl: behindProxy(plain), proxy: 'environment', environment }), behindProxy(plain)),
    ).toContain('GET /x');
    expect(proxy.requests.map((request) => request.line)).toEqual([`GET ${behindProxy(plain).href}x`]);

    // What is on this machine needs no exemption.
    expect(await get(sourceFor({ baseUrl: plain, proxy: 'environment', environment }), plain)).toContain('GET');
    expect(proxy.requests).toHaveLength(1);
  });

  it('fail when the proxy refuses the tunnel', async () => {
    proxy.behaviour = 'refuse';
    const environment = { HTTPS_PROXY: proxy.url };
    const source = sourceFor({
      baseUrl: behindProxy(secure),
      caPem: authority.certPem,
      proxy: 'environment',
      environment,
    });
    await expect(get(source, behindProxy(secure))).rejects.toThrow('403');
    proxy.behaviour = 'forward';
  });
});
