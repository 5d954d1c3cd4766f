import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { writeKubeconfig } from '../../cluster/cluster-files.ts';
import { startProgram } from '../../stages/child-program.ts';
import { waitForEqualPictures } from '../../judges/compare-pictures.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { ownDist } from '../../stages/own-dist.ts';
import { startAgentProgram, startFakeProgram, startPlatformProgram } from '../../stages/start-programs.ts';
import { behindProxy, ConnectProxy } from '@castai/shared/testing/connect-proxy.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import { bundleFolder, findProgram } from '../../../scripts/programs.ts';

const BUNDLE = join(import.meta.dirname, '../../../scripts/bundle.ts');

ownDist();

beforeAll(async () => {
  await using bundler = startProgram({ entry: BUNDLE, name: 'npm run bundle', args: ['agent'] });
  await bundler.waitForLine((text) => /^dist\/agent\/main\.mjs {2}\d+ KiB$/u.test(text));
  await bundler.exit;
});

test('functions in a bundle have the names of the source, and nothing is called to give them names', () => {
  const folder = bundleFolder(findProgram('agent'));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.mjs'));
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  expect(text.includes('function toKubeObject(')).toBe(true);
  expect(text.includes('__name(')).toBe(false);
});

test('what the bundle of the agent loads at its start holds no library for kubeconfigs', () => {
  const metafile = readFileSync(join(bundleFolder(findProgram('agent')), 'meta.json'), 'utf8');
  const { outputs } = JSON.parse(metafile) as Metafile;
  const [main] = Object.entries(outputs).filter(([name]) => name.endsWith('agent/main.mjs'));
  const loaded = new Set([main?.[0]]);
  for (const name of loaded) {
    const { imports = [] } = outputs[name ?? ''] ?? {};
    for (const { path, kind } of imports) if (kind === 'import-statement') loaded.add(path);
  }
  const inputs = [...loaded].flatMap((name) => Object.keys(outputs[name ?? '']?.inputs ?? {}));
  expect(inputs).toContain('agent/src/main.ts');
  expect(inputs.filter((input) => input.includes('client-node'))).toEqual([]);
  const all = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  expect(all.filter((input) => input.includes('client-node'))).not.toEqual([]);
});

test('the bundled agent streams a cluster with the credentials of a pod', async () => {
  await using fake = await startFakeProgram(['--tls', '--nodes', '3', '--pods', '40']);
  await using platform = await startPlatformProgram();
  using files = new TestAuthority();
  const { hostname, port } = new URL(fake.url);
  files.write('token', fake.token);
  const ca = files.write('ca.crt', readFileSync(fake.caFile ?? '', 'utf8'));
  await using agent = await startAgentProgram({
    fromBundle: true,
    env: {
      API_URL: platform.url,
      SERVICE_ACCOUNT_DIR: join(ca, '..'),
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    },
  });
  const [cluster] = await eventually({
    what: 'the agent registered',
    look: async () => (await platform.control.state()).clusters,
    until: (clusters) => clusters.length > 0,
  });
  const pictures = { cluster: fake.client, platform: platform.control, clusterId: cluster?.id ?? '' };
  const comparison = await waitForEqualPictures(pictures, { timeoutMs: 60_000 });
  expect(comparison).toMatchObject({ differences: [], moving: 0 });
  expect(comparison.equal).toBeGreaterThan(80);
  expect(await agent.process.stop()).toEqual({ code: 0, signal: null });
});

test('the bundled agent reads a kubeconfig when it is told to', async () => {
  await using fake = await startFakeProgram(['--nodes', '1', '--pods', '1']);
  await using platform = await startPlatformProgram();
  using files = new TestAuthority();
  const folder = dirname(files.write('empty', ''));
  const kubeconfig = await writeKubeconfig(folder, { url: fake.url, token: fake.token });
  await using agent = await startAgentProgram({
    fromBundle: true,
    env: { API_URL: platform.url, KUBECONFIG: kubeconfig },
  });
  await eventually({
    what: 'the agent has everything',
    look: async () => (await fetch(`${agent.url}/readyz`)).status,
    until: (status) => status === 200,
  });
  expect(await agent.process.stop()).toEqual({ code: 0, signal: null });
});

test('the bundled agent reads through a proxy, in a tunnel', async () => {
  await using fake = await startFakeProgram(['--tls', '--nodes', '1', '--pods', '1']);
  await using platform = await startPlatformProgram();
  await using proxy = await ConnectProxy.start();
  using files = new TestAuthority();
  const server = behindProxy(new URL(fake.url));
  const cluster = {
    server: server.href,
    'certificate-authority': fake.caFile,
    'tls-server-name': 'localhost',
    'proxy-url': proxy.url,
  };
  const kubeconfig = {
    clusters: [{ name: 'a', cluster }],
    users: [{ name: 'a', user: { token: fake.token } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  };
  await using agent = await startAgentProgram({
    fromBundle: true,
    env: { API_URL: platform.url, KUBECONFIG: files.write('kubeconfig', JSON.stringify(kubeconfig)) },
  });
  await eventually({
    what: 'the agent has everything',
    look: async () => (await fetch(`${agent.url}/readyz`)).status,
    until: (status) => status === 200,
  });
  const tunnels = proxy.requests.filter(({ line }) => line === `CONNECT ${server.host}`);
  expect(tunnels.length).toBeGreaterThan(1);
  expect(await agent.process.stop()).toEqual({ code: 0, signal: null });
});

test('the bundled agent says what is wrong with a kubeconfig', async () => {
  await using platform = await startPlatformProgram();
  using files = new TestAuthority();
  const kubeconfig = files.write('kubeconfig', 'this is no kubeconfig');
  const env = { API_URL: platform.url, KUBECONFIG: kubeconfig };
  await expect(startAgentProgram({ fromBundle: true, env })).rejects.toThrow(
    'the current context undefined has no cluster',
  );
});
