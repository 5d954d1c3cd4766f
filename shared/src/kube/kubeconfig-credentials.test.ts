import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import type { KubeCredentials } from './credentials.ts';
import { kubeconfigCredentials } from './kubeconfig-credentials.ts';
import { KnownSecrets } from '../log/known-secrets.ts';

const clock = new ManualClock();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'castai-kubeconfig-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const save = async (name: string, text: string): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
};

const secrets = new KnownSecrets();

const kubeconfig = (cluster: object, user: object): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });

const load = async (cluster: object, user: object): Promise<KubeCredentials> =>
  kubeconfigCredentials(await save('config', kubeconfig(cluster, user)), {
    environment: { HTTPS_PROXY: 'http://p' },
    clock,
    secrets,
  });

describe('kubeconfig credentials', () => {
  it('give server, CA data and token', async () => {
    const credentials = await load({ 'certificate-authority-data': base64('PEM') }, { token: 'the-token' });
    expect(credentials.server.href).toBe('https://10.0.0.1:6443/');
    expect(credentials.connection).toMatchObject({
      caPem: 'PEM',
      trustSystemRoots: false,
      proxy: 'environment',
      environment: { HTTPS_PROXY: 'http://p' },
    });
    expect(await credentials.authorization()).toBe('Bearer the-token');
    expect(secrets.redact('the-token')).toBe('[secret]');
  });

  it('read files relative to the kubeconfig', async () => {
    await save('ca.pem', 'CA');
    await save('user.crt', 'CERT');
    const credentials = await load(
      { 'certificate-authority': 'ca.pem' },
      { 'client-certificate': 'user.crt', 'client-key-data': base64('KEY') },
    );
    expect(credentials.connection).toMatchObject({
      caPem: 'CA',
      clientCertificate: { certPem: 'CERT', keyPem: 'KEY' },
    });
    expect(await credentials.authorization()).toBeUndefined();
  });

  it('follow a token file, which wins over a token', async () => {
    await save('token', 'one\n');
    const credentials = await load({}, { tokenFile: 'token', token: 'other' });
    expect(await credentials.authorization()).toBe('Bearer one');
    await save('token', 'two\n');
    await clock.advance(60_000);
    expect(await credentials.authorization()).toBe('Bearer two');
    await save('token', 'three\n');
    await credentials.refresh();
    expect(await credentials.authorization()).toBe('Bearer three');
  });

  it('give user and password', async () => {
    const credentials = await load({}, { username: 'me', password: 'secret' });
    expect(await credentials.authorization()).toBe(`Basic ${base64('me:secret')}`);
  });

  it('ask the plugin once, and again after a refusal', async () => {
    const counter = await save('count', '');
    const plugin = await save(
      'plugin',
      `#!/bin/sh\nprintf x >> ${counter}\nprintf '{"status":{"token":"token-%s"}}' "$(wc -c < ${counter} | tr -d ' ')"\n`,
    );
    await chmod(plugin, 0o755);
    const credentials = await load({}, { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin } });
    expect(await credentials.authorization()).toBe('Bearer token-1');
    expect(await credentials.authorization()).toBe('Bearer token-1');
    await credentials.refresh();
    expect(await credentials.authorization()).toBe('Bearer token-2');
  });

  it('take the certificate of a plugin that gives one in place of a token', async () => {
    const status = { clientCertificateData: 'CERT', clientKeyData: 'KEY' };
    const plugin = { command: 'echo', args: [JSON.stringify({ status })] };
    const credentials = await load({}, { exec: plugin });
    expect(credentials.connection).toMatchObject({ clientCertificate: { certPem: 'CERT', keyPem: 'KEY' } });
    expect(await credentials.authorization()).toBeUndefined();
  });

  it('tell what the plugin complained about, but not what it printed', async () => {
    const failing = await load({}, { exec: { command: 'sh', args: ['-c', 'echo log in first >&2; exit 1'] } });
    await expect(failing.authorization()).rejects.toMatchObject({
      code: 'CREDENTIALS_UNREADABLE',
      message: expect.stringContaining('log in first'),
    });
    const garbled = await load({}, { exec: { command: 'sh', args: ['-c', 'echo hunter2'] } });
    const error: unknown = await garbled.authorization().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CREDENTIALS_UNREADABLE' });
    expect(String(error)).not.toContain('hunter2');
  });

  it.each([
    ['no ExecCredential', { exec: { command: 'echo', args: ['{}'] } }, 'its output is no ExecCredential with a status'],
    ['a plugin that is not there', { exec: { command: '/nowhere/plugin' } }, 'ENOENT'],
    [
      'a token of two lines',
      { token: 'hunter2\nhunter3' },
      'what the kubeconfig or its plugin gives as a token is none',
    ],
  ])('say what is wrong, and nothing of what was given: %s', async (_what, user, message) => {
    const credentials = await load({}, user);
    const error: unknown = await credentials.authorization().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CREDENTIALS_UNREADABLE', message: expect.stringContaining(message) });
    expect(String(error)).not.toContain('hunter');
  });

  it('obey insecure-skip-tls-verify, tls-server-name and proxy-url', async () => {
    const { connection } = await load(
      { 'insecure-skip-tls-verify': true, 'tls-server-name': 'api', 'proxy-url': 'http://own:1' },
      { token: 't' },
    );
    expect(connection).toMatchObject({
      verifyServer: false,
      serverName: 'api',
      proxy: { url: 'http://own:1' },
    });
    expect(connection).not.toHaveProperty('caPem');
  });

  it.each([
    ['no kubeconfig', '"just text"'],
    ['broken YAML', '{ token: hunter2, ['],
    ['no current context', '{"clusters":[],"users":[],"contexts":[]}'],
    ['a server that is no address', kubeconfig({ server: 'nowhere' }, {})],
    ['impersonation', kubeconfig({}, { token: 't', as: 'somebody' })],
  ])('refuse %s without quoting it', async (_, text) => {
    const error: unknown = await kubeconfigCredentials(await save('bad', text), {
      environment: {},
      clock,
      secrets,
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('bad') });
    expect(String(error)).not.toContain('hunter2');
  });

  it('do not quote an address that cannot be used, which may hold a password', async () => {
    const loading = load({ server: 'ftp://user:hunter2@10.0.0.1' }, { token: 't' });
    await expect(loading).rejects.toThrow(/has no server that begins with https/);
    await expect(loading).rejects.not.toThrow(/hunter2/);
  });

  it('name a file that cannot be read', async () => {
    const path = join(directory, 'absent');
    await expect(kubeconfigCredentials(path, { environment: {}, clock, secrets })).rejects.toMatchObject({
      code: 'CONFIG_FILE_UNREADABLE',
      message: expect.stringContaining(path),
    });
    await expect(load({ 'certificate-authority': 'no.pem' }, {})).rejects.toMatchObject({
      code: 'CONFIG_FILE_UNREADABLE',
      message: expect.stringContaining('no.pem'),
    });
  });
});
