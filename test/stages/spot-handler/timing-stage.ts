import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleOf, findProgram } from '../../../scripts/programs.ts';
import { NODE_NAME, sampleSpotNode } from './spot-node.ts';
import { type ImdsOf, startImds } from './staged-imds.ts';
import type { FakeImds } from '../../fakes/imds.ts';
import { jsonPatch } from '../../fakes/kube-apiserver/patch.ts';
import { type ChildProgram, startProgram } from '../child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type RecordedRequest, RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';

const SETTLE_MS = 5000;

/** Which side accepts connections and never answers. */
export type BlackHole = 'none' | 'platform' | 'api-server';

/** Starts a handler with these variables. */
export type SpotLauncher = (
  env: Readonly<Record<string, string>> & { readonly SERVICE_ACCOUNT_DIR: string },
) => ChildProgram;

/** A handler between a metadata service, an API server of one node and a platform that do nothing but take the time. */
export class TimingStage<Cloud extends keyof ImdsOf> implements AsyncDisposable {
  readonly imds: FakeImds<ImdsOf[Cloud]>;
  readonly program: ChildProgram;
  /** When a patch arrived that marks or unmarks the node, and when a report did. Monotonic milliseconds. */
  readonly patches: number[] = [];
  readonly reports: number[] = [];
  /** When such a patch was stored, and when a report was taken; as above unless answers are late. */
  readonly stored: number[] = [];
  readonly taken: number[] = [];
  readonly #kube: RecordingServer;
  readonly #platform: RecordingServer;
  readonly #authority: TestAuthority;
  readonly #directory: string;
  #node: unknown;
  #version = 1;
  #blackHole: BlackHole = 'none';
  #lateMs = 0;
  #isUnavailable = false;

  /** Starts a handler, the bundle unless told otherwise, and waits until it has heard of everything. */
  static async start<Cloud extends keyof ImdsOf>(
    cloud: Cloud,
    launch: SpotLauncher = launchBundle,
  ): Promise<TimingStage<Cloud>> {
    const authority = new TestAuthority();
    const kube = await RecordingServer.start(authority.issue({ commonName: 'kube-apiserver' }));
    const platform = await RecordingServer.start();
    const imds = await startImds(cloud);
    const stage = new TimingStage(cloud, { authority, kube, platform, imds, launch });
    await stage.#ready();
    return stage;
  }

  private constructor(
    cloud: Cloud,
    parts: {
      authority: TestAuthority;
      kube: RecordingServer;
      platform: RecordingServer;
      imds: FakeImds<ImdsOf[Cloud]>;
      launch: SpotLauncher;
    },
  ) {
    this.imds = parts.imds;
    this.#kube = parts.kube;
    this.#platform = parts.platform;
    this.#authority = parts.authority;
    this.#node = sampleSpotNode(cloud);
    this.#directory = mkdtempSync(join(tmpdir(), 'castai-spot-bench-'));
    writeFileSync(join(this.#directory, 'token'), 'bench');
    writeFileSync(join(this.#directory, 'ca.crt'), parts.authority.certPem);
    this.#kube.react = (request, response) => void this.#answerKube(request, response);
    this.#platform.react = (request, response) => void this.#answerPlatform(request, response);
    this.program = parts.launch({
      API_KEY: 'bench',
      API_URL: this.#platform.url.origin,
      CLUSTER_ID: 'bench',
      NODE_NAME,
      PROVIDER: cloud,
      IMDS_URL: this.imds.url,
      SERVICE_ACCOUNT_DIR: this.#directory,
      KUBERNETES_SERVICE_HOST: this.#kube.url.hostname,
      KUBERNETES_SERVICE_PORT_HTTPS: this.#kube.url.port,
      KUBERNETES_EVENTS: 'false',
      ADMIN_PORT: '0',
      DRAIN_SECONDS: '1',
      LOG_LEVEL: 'info',
    });
  }

  /** Makes one side a black hole, or none. */
  set blackHole(which: BlackHole) {
    this.#blackHole = which;
  }

  /** Has the platform and the API server answer so much later, in milliseconds. */
  set lateMs(ms: number) {
    this.#lateMs = ms;
  }

  /** Has the platform answer reports with 503, at once, or not any more. */
  set isUnavailable(isUnavailable: boolean) {
    this.#isUnavailable = isUnavailable;
  }

  /** Whether the node carries nothing of ours. */
  get isClean(): boolean {
    return !JSON.stringify(this.#node).includes('autoscaling.cast.ai/');
  }

  /** When the metadata service last answered a look at this path, and at the one before. */
  lookTimes(path: string): number[] {
    return this.imds.server.requests.flatMap((request) =>
      request.path === path && request.answeredAtMs !== undefined ? [request.answeredAtMs] : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.kill();
    await this.imds[Symbol.asyncDispose]();
    await this.#kube[Symbol.asyncDispose]();
    await this.#platform[Symbol.asyncDispose]();
    this.#authority[Symbol.dispose]();
    rmSync(this.#directory, { recursive: true });
  }

  async #ready(): Promise<void> {
    const { port } = await this.program.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
    await eventually({
      what: 'the handler is ready',
      look: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status,
      until: (status) => status === 200,
    });
    // A handler runs for days: what its start costs is not what a notice meets.
    await sleep(SETTLE_MS);
  }

  async #answerKube({ method, url, body }: RecordedRequest, response: ServerResponse): Promise<void> {
    const isMark = method === 'PATCH' && body.includes('/spec/unschedulable');
    if (isMark) this.patches.push(performance.now());
    const isWatch = url.includes('watch=1');
    if (this.#blackHole === 'api-server' && !isWatch) return;
    if (isWatch) {
      // The watch stays silent: what the handler knows of its node comes with the answers to its patches.
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      return;
    }
    if (this.#lateMs > 0) await sleep(this.#lateMs);
    if (response.destroyed) return;
    if (method === 'PATCH') {
      try {
        this.#node = jsonPatch(this.#node, JSON.parse(body.toString()));
      } catch {
        // A second attempt beside one that was stored meanwhile.
        response.writeHead(422).end('{}');
        return;
      }
      this.#version += 1;
      if (isMark) this.stored.push(performance.now());
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(url.startsWith('/api/v1/nodes/') ? this.#versioned() : { gitVersion: 'v1.37.2' }));
  }

  #versioned(): unknown {
    const { metadata, ...rest } = this.#node as { metadata: object };
    return { ...rest, metadata: { ...metadata, uid: 'uid-1', resourceVersion: String(this.#version) } };
  }

  async #answerPlatform({ method }: RecordedRequest, response: ServerResponse): Promise<void> {
    if (method === 'POST') this.reports.push(performance.now());
    if (this.#blackHole === 'platform') return;
    if (this.#isUnavailable && method === 'POST') {
      response.writeHead(503).end();
      return;
    }
    if (this.#lateMs > 0) await sleep(this.#lateMs);
    if (response.destroyed) return;
    if (method === 'POST') this.taken.push(performance.now());
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(method === 'HEAD' ? undefined : '{}');
  }
}

function launchBundle(env: Readonly<Record<string, string>>): ChildProgram {
  const program = findProgram('spot-handler');
  return startProgram({
    name: 'spot-handler',
    entry: bundleOf(program),
    nodeArgs: program.nodeFlags,
    env: { ...program.environment, ...env },
  });
}
