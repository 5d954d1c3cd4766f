import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRecord, type KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { RunningServer } from '@castai/platform/front/server.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import { FaultProxy } from '../../fakes/fault-proxy.ts';
import type { FakeImds } from '../../fakes/imds.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from '../../fakes/kube-apiserver/fake-kube-apiserver.ts';
import { PlatformControl } from '../../platform-rig/client.ts';
import { HandAgent } from '../../platform-rig/hand-agent.ts';
import { startRig } from '../../platform-rig/rig.ts';
import { NODE_NAME, type NodeSummary, sampleSpotNode, summarize } from './spot-node.ts';
import { StagedHandler } from './staged-handler.ts';
import { type ImdsOf, startImds } from './staged-imds.ts';

/** A report as the platform got it. */
export interface Report {
  readonly event_type: string;
  readonly node_id: string;
  readonly provider_id: string | null;
}

/** How a stage differs from the usual one. */
export interface SpotStageOptions<Cloud extends keyof ImdsOf> {
  readonly cloud: Cloud;
  /** Further variables for every handler; they win. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Changes the node before it is created. */
  readonly node?: (node: KubeObject) => void;
}

/** A metadata service, an API server with its node, the reference platform, and spot handlers in this process. Dispose of it. */
export class SpotStage<Cloud extends keyof ImdsOf> implements AsyncDisposable {
  readonly imds: FakeImds<ImdsOf[Cloud]>;
  readonly kube: FakeKubeApiserver;
  /** Stands before the API server. */
  readonly kubeProxy: FaultProxy;
  /** Stands before the platform. */
  readonly platformProxy: FaultProxy;
  readonly control: PlatformControl;
  readonly clusterId: string;
  readonly #parts: Parts<Cloud>;
  readonly #handlers: StagedHandler[] = [];

  static async start<Cloud extends keyof ImdsOf>(options: SpotStageOptions<Cloud>): Promise<SpotStage<Cloud>> {
    const authority = new TestAuthority();
    const { certPem: cert, keyPem: key } = authority.issue({ commonName: 'kube-apiserver' });
    const kube = await FakeKubeApiserver.start({ tls: { cert, key } });
    const platform = await startRig();
    const agent = new HandAgent(platform.url);
    const clusterId = await agent.register();
    const directory = mkdtempSync(join(tmpdir(), 'castai-spot-'));
    writeFileSync(join(directory, 'token'), FAKE_TOKEN);
    writeFileSync(join(directory, 'ca.crt'), authority.certPem);
    const node = sampleSpotNode(options.cloud);
    options.node?.(node);
    kube.create(node);
    return new SpotStage({
      options,
      kube,
      platform,
      clusterId,
      directory,
      authority,
      imds: await startImds(options.cloud),
      kubeProxy: await FaultProxy.start({ target: kube.url }),
      platformProxy: await FaultProxy.start({ target: platform.url }),
    });
  }

  private constructor(parts: Parts<Cloud>) {
    this.#parts = parts;
    this.imds = parts.imds;
    this.kube = parts.kube;
    this.kubeProxy = parts.kubeProxy;
    this.platformProxy = parts.platformProxy;
    this.clusterId = parts.clusterId;
    this.control = new PlatformControl(parts.platform.url);
  }

  /** The variables of a handler in this stage. */
  get environment(): Record<string, string> {
    const { options, directory, kubeProxy, platformProxy, imds, clusterId } = this.#parts;
    const { hostname, port } = new URL(kubeProxy.url);
    return {
      API_KEY: 'key',
      API_URL: platformProxy.url,
      CLUSTER_ID: clusterId,
      NODE_NAME,
      PROVIDER: options.cloud,
      IMDS_URL: imds.url,
      SERVICE_ACCOUNT_DIR: directory,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT_HTTPS: port,
      ADMIN_PORT: '0',
      LOG_LEVEL: 'debug',
      ...options.environment,
    };
  }

  /** Starts a handler. */
  startHandler(environment: Readonly<Record<string, string>> = {}): StagedHandler {
    const handler = new StagedHandler({ ...this.environment, ...environment });
    this.#handlers.push(handler);
    return handler;
  }

  /** Starts a handler and waits until it hears. */
  async startReady(environment: Readonly<Record<string, string>> = {}): Promise<StagedHandler> {
    const handler = this.startHandler(environment);
    await eventually({
      what: 'the handler is ready and knows its node',
      look: async () => ({
        ready: (await handler.get('/readyz')).status,
        isKnown: (await handler.status()).sections.some(
          ({ title, rows }) => title === 'Node' && isRecord(rows) && rows['known'] === true,
        ),
      }),
      until: ({ ready, isKnown }) => ready === 200 && isKnown,
    });
    return handler;
  }

  /** The node as it is. */
  get node(): NodeSummary {
    return summarize(this.kube.get({ apiVersion: 'v1', kind: 'Node', name: NODE_NAME }));
  }

  /** Changes the node as somebody else. */
  changeNode(change: (node: KubeObject) => void): void {
    this.kube.update({ apiVersion: 'v1', kind: 'Node', name: NODE_NAME }, change);
  }

  /** Puts another token into the pod's folder, as the kubelet does. */
  replaceToken(token: string): void {
    writeFileSync(join(this.#parts.directory, 'token'), token);
  }

  /** What the platform was told, oldest first. */
  async reports(): Promise<Report[]> {
    const rows = await this.control.reports(this.clusterId, 'event');
    return rows.map(({ body }) => body as Report).toReversed();
  }

  /** The Kubernetes Events about the node, by their reasons, oldest first. */
  get eventReasons(): string[] {
    return this.kube.objects('events').map((event) => String(event['reason']));
  }

  /** Waits for a mark. */
  async marked(): Promise<NodeSummary> {
    return eventually({ what: 'the node is marked', look: () => this.node, until: ({ isMarked }) => isMarked });
  }

  /** Waits for both effects of a notice; true when they have come about. */
  async acted(reports = 1): Promise<boolean> {
    await Promise.all([this.marked(), this.reported(reports)]);
    return true;
  }

  /** Waits for its end. */
  async unmarked(): Promise<NodeSummary> {
    return eventually({ what: 'the mark is gone', look: () => this.node, until: ({ record }) => record === undefined });
  }

  /** Waits for so many reports. */
  async reported(count = 1): Promise<Report[]> {
    return eventually({
      what: `the platform has ${count} reports`,
      look: () => this.reports(),
      until: (reports) => reports.length >= count,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { imds, kube, platform, kubeProxy, platformProxy, directory, authority } = this.#parts;
    const ends = await Promise.allSettled(this.#handlers.map((handler) => handler.kill()));
    await kubeProxy.stop();
    await platformProxy.stop();
    // A process that was killed leaves its end of the connections to the kernel.
    await eventually({ what: 'nobody is connected', look: () => kube.connections, until: (count) => count === 0 });
    await imds[Symbol.asyncDispose]();
    await kube.stop({ force: true });
    await platform.close();
    rmSync(directory, { recursive: true });
    authority[Symbol.dispose]();
    const failures = ends.filter((end) => end.status === 'rejected').map(({ reason }) => reason as unknown);
    if (failures.length > 0) throw new AggregateError(failures, 'a spot handler failed');
  }
}

interface Parts<Cloud extends keyof ImdsOf> {
  readonly options: SpotStageOptions<Cloud>;
  readonly imds: FakeImds<ImdsOf[Cloud]>;
  readonly kube: FakeKubeApiserver;
  readonly platform: RunningServer;
  readonly kubeProxy: FaultProxy;
  readonly platformProxy: FaultProxy;
  readonly clusterId: string;
  readonly directory: string;
  readonly authority: TestAuthority;
}
