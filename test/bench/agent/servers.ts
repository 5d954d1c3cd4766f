import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '../../cluster/api-client.ts';
import { PlatformControl } from '../../platform-rig/client.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';
import { patienceMs } from './patience.ts';

const TEST = join(import.meta.dirname, '../..');

/** A reference platform as a process of its own. */
export interface BenchPlatform extends AsyncDisposable {
  readonly url: string;
  readonly control: PlatformControl;
  readonly program: ChildProgram;
}

/** Starts a platform with an empty store. */
export async function startBenchPlatform(): Promise<BenchPlatform> {
  const program = startProgram({ name: 'platform', entry: join(TEST, 'platform-rig/main.ts'), args: ['--port', '0'] });
  const { url } = await program.waitForJson<{ url: string }>();
  return {
    url,
    program,
    control: new PlatformControl(url),
    [Symbol.asyncDispose]: async () => void (await program.stop()),
  };
}

/** A fake API server as a process of its own, over TLS, with a pod's folder of credentials. */
export interface BenchFake extends AsyncDisposable {
  readonly url: string;
  readonly program: ChildProgram;
  readonly token: string;
  readonly serviceAccountDir: string;
  readonly client: ApiClient;
  /** One of the fake's control commands. */
  steer(command: string, body: unknown): Promise<unknown>;
}

/** What the watch cache of a real API server keeps of a busy kind: at 2,000 changes/s the fake's own 10,000 are five seconds. */
const HISTORY = '100000';

/** What a fake cluster holds. */
interface BenchFakeOptions {
  readonly pods: number;
  /** Objects that are neither pods nor nodes, at least; what such a cluster has, unless told. */
  readonly others?: number;
  /** Serves metrics.k8s.io: one PodMetrics a pod. Off unless told. */
  readonly metrics?: boolean;
  /** Deployments say which neighbours their pods want. Off unless told. */
  readonly neighbourRules?: boolean;
}

/** Starts a fake API server with a sample cluster. */
export async function startBenchFake({ pods, others = 0, ...wishes }: BenchFakeOptions): Promise<BenchFake> {
  const nodes = String(Math.max(5, Math.round(pods / 30)));
  const { metrics = false, neighbourRules = false } = wishes;
  const flags = [...(metrics ? ['--metrics'] : []), ...(neighbourRules ? ['--neighbour-rules'] : [])];
  const held = ['--pods', String(pods), '--nodes', nodes, '--others', String(others)];
  const program = startProgram({
    name: 'fake API server',
    entry: join(TEST, 'fakes/kube-apiserver/main.ts'),
    args: ['--tls', ...held, '--history', HISTORY, ...flags],
    nodeArgs: ['--max-old-space-size=8192'],
  });
  const { url, token, caFile } = await program.waitForJson<{ url: string; token: string; caFile: string }>(
    () => true,
    patienceMs(pods),
  );
  const serviceAccountDir = await mkdtemp(join(tmpdir(), 'castai-bench-'));
  await writeFile(join(serviceAccountDir, 'token'), token);
  await copyFile(caFile, join(serviceAccountDir, 'ca.crt'));
  const client = createApiClient({ url, token, ca: await readFile(caFile, 'utf8') });
  return {
    url,
    program,
    token,
    serviceAccountDir,
    client,
    steer: (command, body) => client.request('POST', `/_fake/${command}`, body),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await program.stop();
      await rm(serviceAccountDir, { recursive: true, force: true });
    },
  };
}
