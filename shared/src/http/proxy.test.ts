import { describe, expect, it } from 'vitest';
import { bypassesProxy, describeProxy, proxyFor } from './proxy.ts';

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

  it('describes a proxy without its password', () => {
    expect(describeProxy(new URL('http://user:hunter2@p:3128'))).toBe('http://p:3128');
  });
});

describe('NO_PROXY', () => {
  const f = (noProxy: string, url: string, expected: boolean): void => {
    expect(bypassesProxy(new URL(url), noProxy), `${noProxy} for ${url}`).toBe(expected);
  };

  it('matches hosts, their subdomains and nothing that merely ends alike', () => {
    f('example.com', 'https://example.com', true);
    f('example.com', 'https://api.example.com', true);
    f('example.com', 'https://badexample.com', false);
    f('EXAMPLE.com', 'https://Example.COM', true);
    f('', 'https://example.com', false);
  });

  it('matches only subdomains of an entry that starts with a dot or with *.', () => {
    f('.example.com', 'https://api.example.com', true);
    f('.example.com', 'https://example.com', false);
    f('*.example.com', 'https://api.example.com', true);
    f('*.example.com', 'https://example.com', false);
  });

  it('matches everything with *', () => {
    f('*', 'https://example.com', true);
    f('other, *', 'https://10.0.0.1', true);
  });

  it('takes lists with commas, spaces and empty entries', () => {
    f('a.test,, b.test c.test', 'https://b.test', true);
    f('a.test,, b.test c.test', 'https://c.test', true);
    f('a.test,, b.test c.test', 'https://d.test', false);
  });

  it('compares ports, with the default port of the scheme', () => {
    f('a.test:8443', 'https://a.test:8443', true);
    f('a.test:8443', 'https://a.test', false);
    f('a.test:443', 'https://a.test', true);
    f('a.test:443', 'http://a.test', false);
    f('10.0.0.1:6443', 'https://10.0.0.1:6443', true);
  });

  it('matches addresses exactly and by range, and never by suffix', () => {
    f('10.0.0.1', 'https://10.0.0.1', true);
    f('0.0.1', 'https://10.0.0.1', false);
    f('10.0.0.0/8', 'https://10.255.3.4', true);
    f('10.0.0.0/8', 'https://11.0.0.1', false);
    f('10.0.0.0/8', 'https://ten.example.com', false);
    f('10.0.0.0/99', 'https://10.0.0.1', false);
    f('10.0.0.0/', 'https://10.0.0.1', false);
  });

  it('understands IPv6 with and without brackets', () => {
    f('::1', 'https://[::1]:8443', true);
    f('[::1]:8443', 'https://[::1]:8443', true);
    f('[::1]:8444', 'https://[::1]:8443', false);
    f('fd00::/8', 'https://[fd12::1]', true);
    f('fd00::/8', 'https://[2001:db8::1]', false);
  });
});
