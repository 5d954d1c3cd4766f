import { describe, expect, it } from 'vitest';
import { describeProxy, proxyFor } from './proxy.ts';

const choose = (url: string, environment: Record<string, string | undefined>): string | undefined =>
  proxyFor({ baseUrl: new URL(url), proxy: 'environment', environment })?.href;

describe('proxyFor', () => {
  it('takes HTTPS_PROXY for https and HTTP_PROXY for http', () => {
    const environment = { HTTPS_PROXY: 'http://secure:1', HTTP_PROXY: 'http://plain:2' };
    expect(choose('https://api.example.com', environment)).toBe('http://secure:1/');
    expect(choose('http://api.example.com', environment)).toBe('http://plain:2/');
  });

  it('prefers upper case and falls back to lower case', () => {
    expect(choose('https://a.test', { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:1' })).toBe(
      'http://upper:1/',
    );
    expect(choose('https://a.test', { https_proxy: 'http://lower:1' })).toBe('http://lower:1/');
    expect(choose('https://a.test', { https_proxy: 'http://lower:1', no_proxy: 'a.test' })).toBeUndefined();
  });

  it('connects directly without a variable, with an empty one, and when the destination wants none', () => {
    expect(choose('https://a.test', {})).toBeUndefined();
    expect(choose('https://a.test', { HTTPS_PROXY: '  ' })).toBeUndefined();
    const environment = { HTTPS_PROXY: 'http://p:1' };
    expect(proxyFor({ baseUrl: new URL('https://a.test'), proxy: 'none', environment })).toBeUndefined();
  });

  it('reads a proxy without scheme as plain HTTP', () => {
    expect(choose('https://a.test', { HTTPS_PROXY: 'proxy.corp:3128' })).toBe('http://proxy.corp:3128/');
  });

  it('refuses a proxy that it cannot use, without showing the password', () => {
    expect(() => choose('https://a.test', { HTTPS_PROXY: 'socks5://user:hunter2@p:1' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: 'HTTPS_PROXY has the scheme "socks5"' }),
    );
    expect(() => choose('https://a.test', { HTTPS_PROXY: 'http://user:hunter2@:x' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: 'HTTPS_PROXY is not a URL' }),
    );
  });

  it('refuses what a library would only refuse later, as a bug, and takes no notice of a path', () => {
    const refused = [
      '"http://proxy.corp:3128"',
      "'proxy.corp:3128'",
      'https:/proxy.corp',
      'http//proxy.corp:3128',
      'http:proxy.corp:3128',
      'http://proxy.corp:3128,http://other.corp:3128',
      'http://proxy corp:3128',
      'proxy.corp:99999',
      '://proxy.corp',
      'http:///',
    ];
    for (const value of refused) {
      const settings = {
        baseUrl: new URL('https://a.test'),
        proxy: 'environment',
        environment: { HTTPS_PROXY: value },
      } as const;
      expect(() => proxyFor(settings)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    }
    for (const value of ['http://proxy.corp:3128/path?a=b#c', 'proxy.corp:3128/', 'HTTP://Proxy.Corp:3128']) {
      const settings = {
        baseUrl: new URL('https://a.test'),
        proxy: 'environment',
        environment: { HTTPS_PROXY: value },
      } as const;
      expect(proxyFor(settings)?.href).toBe('http://proxy.corp:3128/');
    }
  });

  it('takes user and password with any character, written for a URL or plain', () => {
    const f = (value: string, user: string, password: string, host = 'proxy.corp:3128'): void => {
      const proxy = proxyFor({
        baseUrl: new URL('https://a.test'),
        proxy: 'environment',
        environment: { HTTPS_PROXY: value },
      });
      const read = [decodeURIComponent(proxy?.username ?? ''), decodeURIComponent(proxy?.password ?? ''), proxy?.host];
      expect([value, ...read]).toEqual([value, user, password, host]);
    };
    f('http://user:100%sure@proxy.corp:3128', 'user', '100%sure');
    f('http://user:100%25sure@proxy.corp:3128', 'user', '100%sure');
    f('http://user:p@ss#word@proxy.corp:3128', 'user', 'p@ss#word');
    f('http://user:a/b?c\\d@proxy.corp:3128', 'user', 'a/b?c\\d');
    f('http://user:a:b@proxy.corp:3128', 'user', 'a:b');
    f('user:pw@proxy.corp:3128', 'user', 'pw');
    f('http://do%5cmain:p%40ss@proxy.corp:3128', 'do\\main', 'p@ss');
    f('http://user:%ff%zz%@proxy.corp:3128', 'user', '%ff%zz%');
    f('http://user:pässwörd €@proxy.corp:3128', 'user', 'pässwörd €');
    f('http://user@proxy.corp:3128', 'user', '');
    f('http://:only@proxy.corp:3128', '', 'only');
    f('http://user:p@ss@[fd00::1]:3128', 'user', 'p@ss', '[fd00::1]:3128');
  });

  it('describes a proxy without its password', () => {
    expect(describeProxy(new URL('http://user:hunter2@p:3128'))).toBe('http://p:3128');
  });
});
