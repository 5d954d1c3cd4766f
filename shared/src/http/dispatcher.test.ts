import dns from 'node:dns';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { behindProxy, ConnectProxy } from '../../testing/connect-proxy.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { TestAuthority } from '../../testing/test-authority.ts';
import type { ConnectionSettings } from './connection.ts';
import { DispatcherSource } from './dispatcher.ts';
import { KnownSecrets } from '../log/known-secrets.ts';

type LookupDone = (error: null, addresses: dns.LookupAddress[]) => void;

describe('dispatcher', () => {
  const stack = new AsyncDisposableStack();
  const clock = new ManualClock();
  const secrets = new KnownSecrets();
  let authority: TestAuthority;
  let other: TestAuthority;
  let plain: URL;
  let secure: URL;
  let proxy: ConnectProxy;
  const held: ServerResponse[] = [];
  const sources: DispatcherSource[] = [];

  /** `/hold` sends its headers and waits for the test, `/mute` sends nothing. */
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/mute') return;
    if (request.url === '/hold') {
      response.write('begin ');
      held.push(response);
      return;
    }
    response.end(`${request.method} ${request.url} over HTTP/${request.httpVersion} from ${request.socket.remotePort}`);
  };
  const listen = async (server: Server, scheme: string, host = '127.0.0.1'): Promise<URL> => {
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    stack.defer(() => new Promise<void>((resolve) => void server.close(() => resolve())));
    const { family, port } = server.address() as AddressInfo;
    return new URL(`${scheme}://${family === 'IPv6' ? `[${host}]` : host}:${port}`);
  };
  const sourceFor = (settings: Pick<ConnectionSettings, 'baseUrl'> & Partial<ConnectionSettings>): DispatcherSource => {
    const limits = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, keepAliveMs: 5_000 };
    const source = new DispatcherSource({ proxy: 'none', environment: {}, ...limits, ...settings }, { clock, secrets });
    sources.push(source);
    return source;
  };
  const send = async (source: DispatcherSource, url: URL): Promise<{ text(): Promise<string> }> => {
    const { pathname: path, origin } = url;
    return (await source.current().request({ origin, path, method: 'GET' })).body;
  };
  const get = async (source: DispatcherSource, url: URL): Promise<string> => {
    const body = await send(source, new URL('/x', url));
    return body.text();
  };

  beforeAll(async () => {
    authority = stack.use(new TestAuthority());
    other = stack.use(new TestAuthority('another'));
    const { certPem: cert, keyPem: key } = authority.issue({ commonName: 'server' });
    plain = await listen(createHttpServer(answer), 'http');
    secure = await listen(createHttpsServer({ cert, key, ALPNProtocols: ['h2', 'http/1.1'] }, answer), 'https');
    proxy = stack.use(await ConnectProxy.start());
  });
  afterEach(async () => {
    await Promise.all(sources.splice(0).map((source) => source.close()));
    proxy.requests.length = 0;
    held.length = 0;
  });
  afterAll(() => stack.disposeAsync());

  it('uses connections again', async () => {
    const source = sourceFor({ baseUrl: plain });
    const answers = new Set<string>();
    for (let request = 0; request < 10; request += 1) answers.add(await get(source, plain));
    // A second connection may be opened while the first is still being given back.
    expect(answers.size).toBeLessThanOrEqual(2);
  });

  it('trusts the CA file, speaks HTTP/1.1 even to servers that offer HTTP/2, and trusts nobody else without the file (C25)', async () => {
    const caFile = authority.write('ca.pem', authority.certPem);
    expect(await get(sourceFor({ baseUrl: secure, caFile }), secure)).toContain('over HTTP/1.1');
    await expect(get(sourceFor({ baseUrl: secure }), secure)).rejects.toThrow('unable to verify the first certificate');
  });

  it('accepts any certificate only when told so, and checks another name when told so', async () => {
    expect(await get(sourceFor({ baseUrl: secure, verifyServer: false }), secure)).toContain('GET /x');
    const caPem = authority.certPem;
    expect(await get(sourceFor({ baseUrl: secure, caPem, serverName: 'localhost' }), secure)).toContain('GET /x');
    await expect(get(sourceFor({ baseUrl: secure, caPem, serverName: 'other.test' }), secure)).rejects.toThrow(
      'altnames',
    );
  });

  it('asks for the address of a name anew with every connection that it makes (C44)', async () => {
    /** Nobody listens on the port of `plain` there. */
    const answers = ['127.0.0.2', '127.0.0.2', '127.0.0.1'];
    const asked: string[] = [];
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((name: string, _: unknown, done: LookupDone) => {
      asked.push(name);
      done(null, [{ address: answers[asked.length - 1] ?? '127.0.0.1', family: 4 }]);
    }) as unknown as typeof dns.lookup);
    const url = new URL(`http://moves.test:${plain.port}`);
    const source = sourceFor({ baseUrl: url });
    try {
      await expect(get(source, url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await expect(get(source, url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(await get(source, url)).toContain('GET /x');
      expect(asked).toEqual(['moves.test', 'moves.test', 'moves.test']);
    } finally {
      lookup.mockRestore();
    }
  });

  it('shows a client certificate', async () => {
    const { certPem: cert, keyPem: key } = authority.issue({ commonName: 'server' });
    const strict = createHttpsServer({ cert, key, ca: authority.certPem, requestCert: true }, answer);
    const url = await listen(strict, 'https');
    const clientCertificate = authority.issue({ commonName: 'client', hosts: [] });
    expect(await get(sourceFor({ baseUrl: url, caPem: authority.certPem, clientCertificate }), url)).toContain('GET');
    await expect(get(sourceFor({ baseUrl: url, caPem: authority.certPem }), url)).rejects.toThrow(
      /alert|closed|reset|other side/iu,
    );
  });

  it('is replaced when the CA file changes, while a running response goes on', async () => {
    const caFile = authority.write('rotating.pem', authority.certPem);
    const source = sourceFor({ baseUrl: secure, caFile });
    const running = await send(source, new URL('/hold', secure));
    const before = source.current();

    writeFileSync(caFile, other.certPem);
    await clock.advance(5_000);
    await expect(get(source, secure)).rejects.toThrow('unable to verify the first certificate');
    expect(source.current()).not.toBe(before);

    held[0]?.end('end');
    expect(await running.text()).toBe('begin end');
  });

  it('ends running requests when it is closed, those of a replaced dispatcher too', async () => {
    const caFile = authority.write('closing.pem', authority.certPem);
    const source = sourceFor({ baseUrl: secure, caFile });
    const onOld = await send(source, new URL('/hold', secure));
    writeFileSync(caFile, authority.certPem + other.certPem);
    await clock.advance(5_000);
    const onNew = await send(source, new URL('/hold', secure));
    expect(held).toHaveLength(2);

    const ended = Promise.allSettled([onOld.text(), onNew.text()]);
    await source.close();
    expect((await ended).map((result) => result.status)).toEqual(['rejected', 'rejected']);
  });

  it('gives up on a server that accepts and never answers', async () => {
    const source = sourceFor({ baseUrl: plain, headersTimeoutMs: 200 });
    await expect(send(source, new URL('/mute', plain))).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
  });

  it('tunnels https through the proxy with its password and the CA file', async () => {
    const environment = { HTTPS_PROXY: proxy.url.replace('//', '//user:p%40ssword@') };
    const source = sourceFor({
      baseUrl: behindProxy(secure),
      caPem: authority.certPem,
      proxy: 'environment',
      environment,
    });
    expect(await get(source, behindProxy(secure))).toContain('over HTTP/1.1');
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

  it('sends http through the proxy, and not what is exempt', async () => {
    const environment = { HTTP_PROXY: proxy.url };
    expect(
      await get(sourceFor({ baseUrl: behindProxy(plain), proxy: 'environment', environment }), behindProxy(plain)),
    ).toContain('GET /x');
    expect(proxy.requests.map((request) => request.line)).toEqual([`GET ${behindProxy(plain).href}x`]);

    // What is on this machine needs no exemption.
    expect(await get(sourceFor({ baseUrl: plain, proxy: 'environment', environment }), plain)).toContain('GET');
    expect(proxy.requests).toHaveLength(1);
  });

  it('reaches a server, and a proxy, whose address is an IPv6 one', async () => {
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

  it('fails when the proxy refuses the tunnel or never answers', async () => {
    const environment = { HTTPS_PROXY: proxy.url };
    const settings = {
      baseUrl: behindProxy(secure),
      caPem: authority.certPem,
      proxy: 'environment',
      environment,
    } as const;
    proxy.behaviour = 'refuse';
    await expect(get(sourceFor(settings), behindProxy(secure))).rejects.toThrow('Proxy response (403)');
    proxy.behaviour = 'silent';
    await expect(get(sourceFor({ ...settings, connectTimeoutMs: 200 }), behindProxy(secure))).rejects.toThrow(
      'Headers Timeout',
    );
    proxy.behaviour = 'forward';
  });
});
