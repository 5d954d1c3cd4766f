/** Images doing their whole job, with what a pod of the chart mounts where it mounts it. */
import { chmodSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { canEnterRoots } from '../../images/enter-root.ts';
import { findProgram } from '../../scripts/programs.ts';
import { InitDataStage } from '../e2e/aks-init-data/init-data-stage.ts';
import { FakeWaagent } from '../fakes/waagent.ts';
import { waitForEqualPictures } from '../support/compare-pictures.ts';
import { eventually } from '../support/eventually.ts';
import { startFakeProgram, startPlatformProgram } from '../support/start-programs.ts';
import { TestAuthority } from '../support/test-authority.ts';
import { buildImages } from './build-images.ts';
import { UnpackedImage } from './unpacked-image.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const COMPARE_MS = 120_000;

beforeAll(() => buildImages('agent', 'aks-init-data'));

/** A folder with these files that every user can read. */
function filesFor(authority: TestAuthority, files: Readonly<Record<string, string>>): string {
  const paths = Object.entries(files).map(([name, text]) => authority.write(name, text));
  for (const path of paths) chmodSync(path, 0o644);
  const folder = dirname(paths[0] ?? '');
  chmodSync(folder, 0o755);
  return folder;
}

test.runIf(canEnterRoots())('the image of the agent streams a cluster', async () => {
  await using fake = await startFakeProgram(['--tls', '--nodes', '3', '--pods', '40']);
  await using platform = await startPlatformProgram();
  using account = new TestAuthority();
  using key = new TestAuthority();
  using image = new UnpackedImage(findProgram('agent'));
  const { hostname, port } = new URL(fake.url);
  await using agent = image.start({
    env: {
      API_URL: platform.url,
      API_KEY_FILE: '/var/run/castai/api-key/key',
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      ADMIN_PORT: '0',
    },
    volumes: {
      [SERVICE_ACCOUNT]: filesFor(account, { token: fake.token, 'ca.crt': readFileSync(fake.caFile ?? '', 'utf8') }),
      '/var/run/castai/api-key': filesFor(key, { key: 'test' }),
    },
  });
  await agent.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  const [cluster] = await eventually({
    what: 'the agent registered',
    look: async () => (await platform.control.state()).clusters,
    until: (clusters) => clusters.length > 0,
  });
  const pictures = { cluster: fake.client, platform: platform.control, clusterId: cluster?.id ?? '' };
  const comparison = await waitForEqualPictures(pictures, { timeoutMs: COMPARE_MS });
  expect(comparison).toMatchObject({ differences: [], moving: 0 });
  expect(comparison.equal).toBeGreaterThan(80);
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
});

test.runIf(canEnterRoots())(
  'the image of AKS init data opens the files of its node in a process of its own and delivers',
  async () => {
    await using stage = await InitDataStage.start();
    using node = new FakeWaagent();
    // As on a node: of root, readable for nobody else.
    chmodSync(node.root, 0o700);
    await stage.putNode('node-1');
    using image = new UnpackedImage(findProgram('aks-init-data'));
    const { hostname, port } = new URL(stage.fake.url);
    await using program = image.start({
      env: {
        API_URL: stage.platform.url,
        API_KEY: 'test',
        CLUSTER_ID: stage.clusterId,
        NODE_NAME: 'node-1',
        POD_NAMESPACE: 'castai-agent',
        PLATFORM_KEYS: `k1:${stage.keys.publicKey}`,
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
        ADMIN_PORT: '0',
        CLUSTER_POLL_SECONDS: '1',
        FILES_POLL_SECONDS: '1',
      },
      volumes: { [SERVICE_ACCOUNT]: stage.worldReadableServiceAccount(), '/var/lib/waagent': node.root },
    });
    await program.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
    expect(await stage.deliveries(1)).toMatchObject([
      { protectedSettingsBase64: node.settings.toString('base64'), times: 1 },
    ]);
    expect(await program.stop()).toEqual({ code: 0, signal: null });
  },
);
