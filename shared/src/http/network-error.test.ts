import { once } from 'node:events';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { KnownSecrets } from '../log/known-secrets.ts';
import { toNetworkFailure } from './network-error.ts';

/** An error as Node and the libraries make them: a plain one with a code. */
function coded(code: string, message = `it failed: ${code}`, cause?: unknown): Error {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { code });
}

describe('network error', () => {
  it('sorts the codes of Node, undici and axios into the closed set', () => {
    const f = (input: string, expected: string): void => {
      expect([input, toNetworkFailure(coded(input), undefined).kind]).toEqual([input, expected]);
    };
    f('ECONNREFUSED', 'refused');
    f('EHOSTUNREACH', 'refused');
    f('ENETUNREACH', 'refused');
    f('ECONNRESET', 'reset');
    f('EPIPE', 'reset');
    f('ETIMEDOUT', 'timeout');
    f('UND_ERR_CONNECT_TIMEOUT', 'timeout');
    f('UND_ERR_HEADERS_TIMEOUT', 'timeout');
    f('UND_ERR_BODY_TIMEOUT', 'timeout');
    f('ENOTFOUND', 'dns');
    f('EAI_AGAIN', 'dns');
    f('EPROTO', 'tls');
    f('SELF_SIGNED_CERT_IN_CHAIN', 'tls');
    f('CERT_HAS_EXPIRED', 'tls');
    f('ERR_TLS_CERT_ALTNAME_INVALID', 'tls');
    f('ERR_SSL_WRONG_VERSION_NUMBER', 'tls');
    f('ERR_TLS_HANDSHAKE_TIMEOUT', 'timeout');
    f('ERR_PROXY_TUNNEL', 'proxy');
    f('UND_ERR_SOCKET', 'closed');
    f('UND_ERR_CLOSED', 'closed');
    f('ERR_STREAM_PREMATURE_CLOSE', 'closed');
    f('HPE_INVALID_CONSTANT', 'other');
    f('SOMETHING_NEW', 'other');
  });

  it('looks through causes, also of a code that says nothing', () => {
    const wrapped = coded('ERR_NETWORK', 'request failed', coded('ECONNRESET', 'socket hang up'));
    expect(toNetworkFailure(wrapped, undefined)).toEqual({
      kind: 'reset',
      code: 'ECONNRESET',
      detail: 'socket hang up',
    });
  });

  it('looks into the failures of several addresses', () => {
    const both = new AggregateError([coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'), coded('ENETUNREACH')]);
    expect(toNetworkFailure(both, undefined)).toMatchObject({
      kind: 'refused',
      detail: 'connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  it('takes secrets out of what a proxy says before that is cut, wherever the cut falls', () => {
    const secrets = new KnownSecrets();
    secrets.add('platform key', 'kj3kfowzmq8trv');
    for (let before = 240; before < 300; before += 1) {
      const message = `HTTP/1.1 403 ${'-'.repeat(before)}kj3kfowzmq8trv`;
      const { detail } = toNetworkFailure(coded('ERR_PROXY_TUNNEL', message), secrets.redact);
      // Whatever the cut has left is of our own word, not of theirs.
      expect(detail.replace(/^HTTP\/1\.1 403 -+/u, '')).toMatch(/^(?:\[(?:s(?:e(?:c(?:r(?:e(?:t\]?)?)?)?)?)?)?)?…?$/u);
    }
  });

  it('says the words of OpenSSL, and nothing of its memory and its sources', () => {
    const f = (message: string, detail: string): void =>
      expect(toNetworkFailure(coded('EPROTO', message), undefined)).toMatchObject({ kind: 'tls', detail });
    const wrongVersion = 'error:0A00010B:SSL routines:tls_validate_record_header:wrong version number';
    f(
      `write EPROTO 00C8C3F6C57F0000:${wrongVersion}:../deps/openssl/openssl/ssl/record/methods/tlsany_meth.c:80:\n`,
      'TLS: wrong version number',
    );
    f(`C0E7D2A7:${wrongVersion}:ssl/record/ssl3_record.c:355:`, 'TLS: wrong version number');
    f(
      'write EPROTO 8027:error:0A000410:SSL routines:ssl3_read_bytes:ssl/tls alert handshake failure:ssl/record/rec_layer_s3.c:908:SSL alert number 40\n',
      'TLS: ssl/tls alert handshake failure',
    );
    f('the error: nothing of the kind', 'the error: nothing of the kind');
  });

  it('knows what undici and Node say of real servers that are none: what they call it is theirs to change', async () => {
    const hintBy = async (answer: string): Promise<(string | undefined)[]> => {
      const server = createServer((socket) =>
        socket.on('error', () => undefined).once('data', () => socket.end(answer)),
      );
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const ask = [() => request(origin, { method: 'GET' }), () => once(get(origin), 'response')];
      const hints = ask.map((one) =>
        one().then(
          () => 'an answer',
          (error: unknown) => toNetworkFailure(error, undefined).hint,
        ),
      );
      const all = await Promise.all(hints);
      server.close();
      return all;
    };
    const notHttp = 'what answers is not HTTP: check scheme and port';
    expect(await hintBy('SSH-2.0-OpenSSH_9.6\r\n')).toEqual([notHttp, notHttp]);
    const [unasked] = await hintBy('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(unasked).toContain('100 Continue');
  });

  it('ends on causes that form a ring', () => {
    const error = new Error('first');
    error.cause = new Error('second', { cause: error });
    expect(toNetworkFailure(error, undefined)).toEqual({ kind: 'other', code: '', detail: 'first' });
  });

  it('says what an operator can do', () => {
    const f = (input: Error, expected: RegExp): void => {
      expect(toNetworkFailure(input, undefined).hint).toMatch(expected);
    };
    f(coded('SELF_SIGNED_CERT_IN_CHAIN'), /TLS-inspecting proxy.*TLS_CA_CERT_FILE/);
    f(coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), /TLS_CA_CERT_FILE/);
    f(coded('CERT_HAS_EXPIRED'), /clock/);
    f(coded('ERR_TLS_CERT_ALTNAME_INVALID'), /another host/);
    f(coded('EPROTO'), /speaks TLS/);
    f(coded('UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling'), /credentials.*HTTPS_PROXY/);
    f(coded('ERR_PROXY_TUNNEL', 'HTTP/1.1 407 Proxy Authentication Required'), /credentials/);
    f(coded('ERR_PROXY_TUNNEL', 'HTTP/1.1 403 Forbidden'), /NO_PROXY/);
    f(coded('ECONNREFUSED'), /network policy/);
    f(coded('ENOTFOUND'), /DNS/);
    f(coded('ETIMEDOUT'), /firewall/);
    const tunnel = 'Connection to establish proxy tunnel';
    f(coded('ERR_PROXY_TUNNEL', `${tunnel} timed out after 5000ms`), /a proxy runs there/);
    f(coded('ERR_PROXY_TUNNEL', `${tunnel} ended unexpectedly`), /a proxy runs there/);
    f(coded('HPE_INVALID_CONSTANT'), /not HTTP/);
    const parser = new Error('Response does not match the HTTP/1.1 protocol');
    parser.name = 'HTTPParserError';
    f(parser, /not HTTP/);
    f(coded('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'), /HTTP\/2 alone/);
    f(coded('UND_ERR_SOCKET', 'bad response'), /100 Continue/);
    for (const code of ['ECONNRESET', 'UND_ERR_SOCKET'])
      expect(toNetworkFailure(coded(code), undefined)).not.toHaveProperty('hint');
  });

  it('takes whatever was thrown, in one bounded line', () => {
    expect(toNetworkFailure(undefined, undefined)).toEqual({ kind: 'other', code: '', detail: 'request failed' });
    expect(toNetworkFailure('text', undefined)).toEqual({ kind: 'other', code: '', detail: 'request failed' });
    expect(toNetworkFailure(coded('ECONNRESET', ''), undefined).detail).toBe('ECONNRESET');
    expect(toNetworkFailure(coded('EPIPE', `a\nb${'x'.repeat(500)}`), undefined).detail).toMatch(/^a bx{296}…$/);
    expect(toNetworkFailure(new DOMException('too slow', 'TimeoutError'), undefined).kind).toBe('timeout');
  });
});
