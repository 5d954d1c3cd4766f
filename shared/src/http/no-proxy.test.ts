import { describe, expect, it } from 'vitest';
import { bypassesProxy } from './no-proxy.ts';

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

  it('matches names of other alphabets in either of their spellings', () => {
    f('bücher.example', 'https://bücher.example', true);
    f('.bücher.example', 'https://api.xn--bcher-kva.example', true);
    f('xn--bcher-kva.example', 'https://api.bücher.example', true);
    f('bücher.example', 'https://bucher.example', false);
  });

  it('takes nothing for a name that is none', () => {
    for (const entry of ['.', '*.', '..', ':8080', '[', 'https://example.com', 'a b%'])
      f(entry, 'https://example.com', false);
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
    f('10.0.0.0/8', 'https://[::ffff:10.1.2.3]', true);
    f('::ffff:10.1.2.3', 'https://10.1.2.3', true);
    f('::ffff:10.0.0.0/104', 'https://10.1.2.3', true);
    f('::ffff:10.0.0.0/104', 'https://11.1.2.3', false);
    f('::ffff:10.0.0.0/8', 'https://10.1.2.3', false);
    f('10.0.0.0/8', 'https://ten.example.com', false);
    f('10.0.0.0/99', 'https://10.0.0.1', false);
    f('10.0.0.0/', 'https://10.0.0.1', false);
  });

  it('understands IPv6 with and without brackets', () => {
    f('fd00::1', 'https://[fd00::1]:8443', true);
    f('[fd00::1]:8443', 'https://[fd00::1]:8443', true);
    f('[fd00::1]:8444', 'https://[fd00::1]:8443', false);
    f('2001:DB8:0:0:0:0:0:1', 'https://[2001:db8::1]', true);
    f('[2001:0db8::0001]:8443', 'https://[2001:db8::1]:8443', true);
    f('fd00::/8', 'https://[fd12::1]', true);
    f('fd00::/8', 'https://[2001:db8::1]', false);
  });

  it('never sends what is on this machine through a proxy', () => {
    f('', 'http://localhost:8080', true);
    f('', 'http://LOCALHOST', true);
    f('', 'http://127.0.0.1:15001', true);
    f('', 'http://127.8.9.10', true);
    f('', 'http://[::1]:8080', true);
    f('', 'http://[::ffff:127.0.0.1]', true);
    f('', 'http://localhost.example.com', false);
    f('', 'http://128.0.0.1', false);
  });
});
