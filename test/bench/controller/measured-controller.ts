import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleOf, findProgram } from '../../../scripts/programs.ts';
import { ActionsHub } from '../../fakes/actions-hub.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';

/** Where a controller finds its API server. */
export interface MeasuredServer {
  readonly url: string;
  /** PEM text. */
  readonly ca: string;
  readonly token: string;
}

/** A controller by its own defaults between a platform and an API server. */
export interface MeasuredController extends AsyncDisposable {
  readonly hub: ActionsHub;
  readonly program: ChildProgram;
}

/** In which its records are; the server has to have it. */
const NAMESPACE = 'kube-system';

/** Starts the bundle, and waits until it has polled. `env`: what is not as it comes. */
export async function startMeasuredController(
  server: MeasuredServer,
  env: Readonly<Record<string, string>> = {},
): Promise<MeasuredController> {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await ActionsHub.start());
  const folder = await mkdtemp(join(tmpdir(), 'castai-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'token'), server.token);
  await writeFile(join(folder, 'ca.crt'), server.ca);
  const controller = findProgram('cluster-controller');
  const { hostname, port } = new URL(server.url);
  const program = stack.use(
    startProgram({
      name: 'cluster-controller',
      entry: bundleOf(controller),
      nodeArgs: controller.nodeFlags,
      env: {
        ...controller.environment,
        SERVICE_ACCOUNT_DIR: folder,
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
        POD_NAMESPACE: NAMESPACE,
        API_URL: hub.url.href,
        API_KEY: 'key-0001',
        CLUSTER_ID: 'c-1',
        ADMIN_PORT: '0',
        ...env,
      },
    }),
  );
  await program.waitForJson<{ port: number }>((line) => 'port' in line);
  const parts = stack.move();
  return { hub, program, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
