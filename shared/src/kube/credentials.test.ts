import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { inClusterCredentials } from './credentials.ts';
import { KnownSecrets } from '../log/known-secrets.ts';

const clock = new ManualClock();

const serverOf = (environment: Record<string, string>): string =>
  inClusterCredentials({ environment, clock, secrets: new KnownSecrets() }).server.href;

describe('in-cluster credentials', () => {
  it('find the API server in the environment', () => {
    expect(serverOf({ KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' })).toBe('https://10.0.0.1/');
    expect(
      serverOf({
        KUBERNETES_SERVICE_HOST: 'fd00::1',
        KUBERNETES_SERVICE_PORT: '80',
        KUBERNETES_SERVICE_PORT_HTTPS: '6443',
      }),
    ).toBe('https://[fd00::1]:6443/');
  });

  it.each([
    {},
    { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    { KUBERNETES_SERVICE_HOST: 'a', KUBERNETES_SERVICE_PORT: 'x' },
  ])('say what is missing in %j', (environment) => {
    expect(() => serverOf(environment)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('KUBECONFIG') }),
    );
  });

  it('trust the CA of their folder only, use no proxy and send its token', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'castai-account-'));
    await writeFile(join(dir, 'token'), 'the-token\n');
    const environment = {
      KUBERNETES_SERVICE_HOST: '10.0.0.1',
      KUBERNETES_SERVICE_PORT: '443',
      HTTPS_PROXY: 'http://proxy',
    };
    const secrets = new KnownSecrets();
    const credentials = inClusterCredentials({ dir, environment, clock, secrets });
    expect(credentials.connection).toMatchObject({
      caFile: join(dir, 'ca.crt'),
      trustSystemRoots: false,
      proxy: 'none',
    });
    expect(await credentials.authorization()).toBe('Bearer the-token');
    await writeFile(join(dir, 'token'), 'next');
    await credentials.refresh();
    expect(await credentials.authorization()).toBe('Bearer next');
    expect(secrets.redact('Bearer the-token is not known')).toBe('Bearer [secret] is not known');
    await rm(dir, { recursive: true });
  });
});
