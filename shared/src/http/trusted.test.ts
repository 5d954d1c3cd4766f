import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { TestAuthority } from '../../testing/test-authority.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import type { ConnectionSettings } from './connection.ts';
import { Trusted } from './trusted.ts';

const BASE: ConnectionSettings = {
  baseUrl: new URL('https://platform.example.com'),
  connectTimeoutMs: 1,
  headersTimeoutMs: 1,
  keepAliveMs: 1,
  proxy: 'none',
  environment: {},
};

function start(settings: Partial<ConnectionSettings>) {
  const clock = new ManualClock();
  const secrets = new KnownSecrets();
  const log: string[] = [];
  const trusted = new Trusted(
    { ...BASE, ...settings },
    { clock, secrets },
    {
      make: ({ version }, proxy) => {
        log.push(`made ${version} ${proxy?.host ?? 'direct'}`);
        return version;
      },
      retire: (version) => void log.push(`retired ${version}`),
    },
  );
  return { clock, secrets, log, trusted };
}

it('makes one thing for all requests, and another one when the certificates are others, after it has retired the first', async () => {
  using authority = new TestAuthority();
  using other = new TestAuthority('another');
  const caFile = authority.write('ca.pem', authority.certPem);
  const { clock, log, trusted } = start({ caFile });
  expect([trusted.current(), trusted.current()]).toEqual([1, 1]);
  expect(log).toEqual(['made 1 direct']);
  writeFileSync(caFile, authority.certPem + other.certPem);
  expect(trusted.made).toBe(1);
  await clock.advance(5_000);
  expect([trusted.current(), trusted.current(), trusted.made]).toEqual([2, 2, 2]);
  expect(log).toEqual(['made 1 direct', 'retired 1', 'made 2 direct']);
});

it('keeps what it has while the certificates cannot be read', async () => {
  using authority = new TestAuthority();
  const caFile = authority.write('ca.pem', authority.certPem);
  const { clock, log, trusted } = start({ caFile });
  writeFileSync(caFile, 'half of');
  await clock.advance(5_000);
  expect(trusted.current()).toBe(1);
  expect(log).toEqual(['made 1 direct']);
});

it('goes through the proxy of the environment, whose password is a secret from then on', () => {
  const environment = { HTTPS_PROXY: 'http://user:p%40ssword@proxy.example.com:3128' };
  const { log, secrets, trusted } = start({ proxy: 'environment', environment });
  expect(log).toEqual(['made 1 proxy.example.com:3128']);
  expect(secrets.redact('p@ssword')).toBe('[secret]');
  expect(trusted.redact?.('p@ssword')).toBe('[secret]');
});
