/** Images at work, with what a pod of the chart mounts where it mounts it, and the cluster, the platform and the node around them. */
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TimingStage } from '../spot-handler/timing-stage.ts';
import { InitDataStage } from '../aks-init-data/init-data-stage.ts';
import { ActionsHub } from '../../fakes/actions-hub.ts';
import { FakeWaagent } from '../../fakes/waagent.ts';
import type { ChildProgram } from '../child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type FakeProgram, type PlatformProgram, startFakeProgram, startPlatformProgram } from '../start-programs.ts';
import type { UnpackedImage } from './unpacked-image.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A command in front of everything, as `PodSettings` has it. */
type Launcher = readonly string[];

/** The image of an agent that streams a fake cluster to the reference platform. */
export interface AgentImageStage extends AsyncDisposable {
  readonly program: ChildProgram;
  readonly fake: FakeProgram;
  readonly platform: PlatformProgram;
}

/** Starts the agent and waits until the platform has everything. `cluster`: options of the fake API server. */
export async function stageAgentImage(
  image: UnpackedImage,
  cluster: readonly string[],
  launcher: Launcher = [],
): Promise<AgentImageStage> {
  await using stack = new AsyncDisposableStack();
  const fake = stack.use(await startFakeProgram(['--tls', ...cluster]));
  const platform = stack.use(await startPlatformProgram());
  const account = stack.use(folderOf({ token: fake.token, 'ca.crt': readFileSync(fake.caFile ?? '', 'utf8') }));
  const key = stack.use(folderOf({ key: 'test' }));
  const { hostname, port } = new URL(fake.url);
  const program = stack.use(
    image.start({
      launcher,
      env: {
        API_URL: platform.url,
        API_KEY_FILE: '/var/run/castai/api-key/key',
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
        ADMIN_PORT: '0',
      },
      volumes: { [SERVICE_ACCOUNT]: account.path, '/var/run/castai/api-key': key.path },
    }),
  );
  await readiness(program);
  const all = stack.move();
  return { program, fake, platform, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The image of AKS init data on a node whose files it reads. */
export interface InitDataImageStage extends AsyncDisposable {
  readonly program: ChildProgram;
  readonly stage: InitDataStage;
  readonly node: FakeWaagent;
}

/** Starts AKS init data and waits until it has delivered. `env`: further options. */
export async function stageInitDataImage(
  image: UnpackedImage,
  env: Readonly<Record<string, string>>,
  launcher: Launcher = [],
): Promise<InitDataImageStage> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await InitDataStage.start());
  const node = stack.use(new FakeWaagent());
  // As on a node: of root, readable for nobody else.
  chmodSync(node.root, 0o700);
  await stage.putNode('node-1');
  const { hostname, port } = new URL(stage.fake.url);
  const program = stack.use(
    image.start({
      launcher,
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
        ...env,
      },
      volumes: { [SERVICE_ACCOUNT]: stage.worldReadableServiceAccount(), '/var/lib/waagent': node.root },
    }),
  );
  await readiness(program);
  const all = stack.move();
  return { program, stage, node, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** An image beside a fake cluster, with nothing else that anybody asks for. */
export interface ClusterImageStage extends AsyncDisposable {
  readonly program: ChildProgram;
}

/** Starts the evictor and waits until it has looked at the cluster. `cluster`: options of the fake API server. */
export async function stageEvictorImage(
  image: UnpackedImage,
  cluster: readonly string[],
  launcher: Launcher = [],
): Promise<ClusterImageStage> {
  return stageBesideCluster(image, { cluster, env: {}, launcher });
}

/** Starts the cluster controller and waits until it could do what is asked; nothing is. `cluster`: options of the fake API server. */
export async function stageControllerImage(
  image: UnpackedImage,
  cluster: readonly string[],
  launcher: Launcher = [],
): Promise<ClusterImageStage> {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await ActionsHub.start());
  const env = { API_URL: hub.url.href, API_KEY: 'test', CLUSTER_ID: 'c-1', POD_NAMESPACE: 'castai-agent' };
  const { program } = stack.use(await stageBesideCluster(image, { cluster, env, launcher }));
  const all = stack.move();
  return { program, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function stageBesideCluster(
  image: UnpackedImage,
  {
    cluster,
    env,
    launcher,
  }: {
    readonly cluster: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly launcher: Launcher;
  },
): Promise<ClusterImageStage> {
  await using stack = new AsyncDisposableStack();
  const fake = stack.use(await startFakeProgram(['--tls', ...cluster]));
  const account = stack.use(folderOf({ token: fake.token, 'ca.crt': readFileSync(fake.caFile ?? '', 'utf8') }));
  const { hostname, port } = new URL(fake.url);
  const server = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, ADMIN_PORT: '0' };
  const program = stack.use(
    image.start({ launcher, env: { ...server, ...env }, volumes: { [SERVICE_ACCOUNT]: account.path } }),
  );
  await readiness(program);
  const all = stack.move();
  return { program, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Starts the spot handler's image on a machine of Azure and waits until it has heard of everything. */
export async function stageSpotHandlerImage(
  image: UnpackedImage,
  launcher: Launcher = [],
): Promise<TimingStage<'azure'>> {
  return TimingStage.start('azure', (env) => {
    const folder = env.SERVICE_ACCOUNT_DIR;
    openForAll(folder);
    return image.start({ launcher, env, volumes: { [folder]: folder } });
  });
}

async function readiness(program: ChildProgram): Promise<void> {
  const { port } = await program.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  await eventually({
    what: 'the program is ready',
    look: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status,
    until: (status) => status === 200,
    timeoutMs: 120_000,
  });
}

/** A new folder with these files, for every user to read. */
function folderOf(files: Readonly<Record<string, string>>): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'castai-volume-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  openForAll(path);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function openForAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
}
