import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleOf, findProgram, sourceOf } from '../../scripts/programs.ts';
import { type ApiClient, createApiClient } from '../cluster/api-client.ts';
import { PlatformControl } from '../platform-rig/client.ts';
import { type ChildProgram, type ProgramOptions, startProgram } from './child-program.ts';
import { type MetricSample, parseMetrics } from '@castai/shared/testing/parse-metrics.ts';

const TEST = join(import.meta.dirname, '..');
const START_MS = 60_000;

type Extras = Pick<ProgramOptions, 'onLine' | 'sampleEveryMs'>;

/** A reference platform in a process of its own, with the faults and the control API of `test/platform-rig`. */
export interface PlatformProgram extends AsyncDisposable {
  readonly process: ChildProgram;
  readonly url: string;
  readonly control: PlatformControl;
}

/** Starts a platform on a free port, unless `args` name one, and waits until it serves. Throws with its last lines. */
export async function startPlatformProgram(
  args: readonly string[] = [],
  extras: Extras = {},
): Promise<PlatformProgram> {
  const entry = join(TEST, 'platform-rig/main.ts');
  const process = startProgram({ entry, name: 'the platform', args: ['--port', '0', ...args], ...extras });
  const { url } = await orKill(process, process.waitForJson<{ url: string }>(isReady, START_MS));
  return {
    process,
    url,
    control: new PlatformControl(url),
    // In good order, so that it removes its database.
    [Symbol.asyncDispose]: async () => void (await process.stop()),
  };
}

/** A fake API server in a process of its own. */
export interface FakeProgram extends AsyncDisposable {
  readonly process: ChildProgram;
  readonly url: string;
  readonly token: string;
  /** PEM file of its CA, with `--tls`. */
  readonly caFile?: string;
  /** As the agent's service account. */
  readonly client: ApiClient;
  /** Sends a command of `/_fake/`, see `test/fakes/kube-apiserver/control.ts`. */
  command(name: string, body?: unknown): Promise<unknown>;
}

/** Starts a fake API server and waits until it serves its sample cluster. Throws with its last lines. */
export async function startFakeProgram(args: readonly string[] = [], extras: Extras = {}): Promise<FakeProgram> {
  const entry = join(TEST, 'fakes/kube-apiserver/main.ts');
  const process = startProgram({ entry, name: 'the fake API server', args, ...extras });
  const started = process.waitForJson<{ url: string; token: string; caFile?: string }>(isReady, START_MS);
  const { url, token, caFile } = await orKill(process, started);
  const trust = caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') };
  const client = createApiClient({ url, token, ...trust });
  return {
    process,
    url,
    token,
    ...(caFile === undefined ? {} : { caFile }),
    client,
    command: (name, body = {}) => client.request('POST', `/_fake/${name}`, body),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      // In good order, so that it removes its keys.
      await process.stop();
    },
  };
}

/** An agent in a process of its own. */
export interface AgentProgram extends AsyncDisposable {
  readonly process: ChildProgram;
  /** Address of /readyz, /metrics and /statusz. */
  readonly url: string;
  metrics(): Promise<MetricSample[]>;
}

/** How an agent starts. */
export interface AgentStart extends Extras {
  /** Where the platform is, and how to reach the cluster: `API_URL` and `KUBECONFIG` or the in-cluster variables. */
  readonly env: Readonly<Record<string, string>>;
  /** The bundle of `npm run bundle` instead of the sources. */
  readonly fromBundle?: boolean;
}

/** Starts an agent with a free admin port and waits until it listens there. Throws with its last lines. */
export async function startAgentProgram({ env, fromBundle = false, ...extras }: AgentStart): Promise<AgentProgram> {
  const program = findProgram('agent');
  const process = startProgram({
    entry: fromBundle ? bundleOf(program) : sourceOf(program),
    name: 'the agent',
    nodeArgs: program.nodeFlags,
    env: { ...program.environment, ...anyKeyUnlessTold(env), ADMIN_PORT: '0', ...env },
    ...extras,
  });
  const isUp = (line: { port?: unknown }): boolean => typeof line.port === 'number';
  const { port } = await orKill(process, process.waitForJson<{ port: number }>(isUp, START_MS));
  const url = `http://127.0.0.1:${port}`;
  return {
    process,
    url,
    metrics: async () => parseMetrics(await (await fetch(`${url}/metrics`)).text()),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

function anyKeyUnlessTold(env: Readonly<Record<string, string>>): Record<string, string> {
  return 'API_KEY_FILE' in env ? {} : { API_KEY: 'test' };
}

function isReady(line: { url?: unknown }): boolean {
  return typeof line.url === 'string';
}

async function orKill<T>(process: ChildProgram, started: Promise<T>): Promise<T> {
  try {
    return await started;
  } catch (error) {
    await process.kill();
    throw error;
  }
}
