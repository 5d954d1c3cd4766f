/** Everything around one spot handler: a metadata service, an API server with its node, the reference platform, and the handler. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@castai/shared/async/clock.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import type { StatusDocument } from '@castai/shared/http/status-page.ts';
import { isRecord, type KubeObject } from '@castai/shared/kube/kube-object.ts';
import { Lifecycle } from '@castai/shared/program/lifecycle.ts';
import { createLogger } from '@castai/shared/log/logger.ts';
import { checkSpotHandlerConfig, SPOT_HANDLER_OPTIONS } from '@castai/spot-handler/config.ts';
import { runSpotHandler } from '@castai/spot-handler/spot-handler.ts';
import { FaultProxy } from '../../fakes/fault-proxy.ts';
import { type FakeImds, startAwsImds, startAzureImds, startGcpImds } from '../../fakes/imds.ts';
import type { AwsImds } from '../../fakes/imds/aws.ts';
import type { AzureImds } from '../../fakes/imds/azure.ts';
import type { GcpImds } from '../../fakes/imds/gcp.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from '../../fakes/kube-apiserver/fake-kube-apiserver.ts';
import { PlatformControl } from '../../platform-rig/client.ts';
import { HandAgent } from '../../platform-rig/hand-agent.ts';
import { type RunningPlatform, startPlatform } from '@castai/platform/platform.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';

/** A cloud and its fake. */
export interface ImdsOf {
  azure: AzureImds;
  aws: AwsImds;
  gcp: GcpImds;
}

/** Name of the node that the handler runs on. */
export const NODE_NAME = 'aks-spotpool-12345678-vmss000003';
/** The taint that a handler sets. */
export const DRAINING_TAINT = { key: 'autoscaling.cast.ai/draining', value: 'true', effect: 'NoSchedule' };
/** A taint of somebody else. */
export const FOREIGN_TAINT = { key: 'scheduling.example.com/spot', value: 'true', effect: 'NoSchedule' };

const PROVIDER_IDS = {
  azure:
    'azure:///subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/mc_group_cluster_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-spotpool-12345678-vmss/virtualMachines/3',
  aws: 'aws:///eu-central-1a/i-0a1b2c3d4e5f60718',
  gcp: 'gce://sample-project/europe-west3-a/gke-sample-pool-1-7c1d2e3f-0001',
} as const;

/** A report as the platform got it. */
export interface Report {
  readonly event_type: string;
  readonly node_id: string;
  readonly provider_id: string | null;
}

/** A handler in this process. */
export class RunningHandler {
  readonly lines: string[] = [];
  readonly lifecycle: Lifecycle;
  readonly ended: Promise<void>;
  adminPort = 0;
  #isOver = false;

  constructor(environment: Readonly<Record<string, string>>) {
    const source = { environment, readFile: (path: string) => readFileSync(path, 'utf8') };
    const { config } = parseOptions(SPOT_HANDLER_OPTIONS, source, checkSpotHandlerConfig);
    this.lifecycle = new Lifecycle({ clock: systemClock, drainMs: config.drainMs, abortMs: 2000 });
    const destination = { write: (line: string): void => this.#take(line) };
    const logger = createLogger({
      level: config.logLevel,
      name: 'castai-spot-handler',
      clock: systemClock,
      destination,
    });
    this.ended = runSpotHandler({
      config,
      environment,
      version: '0.0.0-test',
      logger,
      clock: systemClock,
      random: Math.random,
      lifecycle: this.lifecycle,
    }).finally(() => (this.#isOver = true));
    // Whoever stops it hears of a failure; until then it must not end the test process.
    this.ended.catch(() => undefined);
  }

  /** What an admin endpoint answers. */
  async get(path: string): Promise<{ status: number; text: string }> {
    const port = await eventually({
      what: 'the handler listens',
      look: () => this.adminPort,
      until: (value) => value > 0,
    });
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  }

  /** `/statusz` as data. */
  async status(): Promise<StatusDocument> {
    return JSON.parse((await this.get('/statusz?format=json')).text) as StatusDocument;
  }

  /** One value of `/metrics`; undefined when there is no such series. */
  async metric(series: string): Promise<number | undefined> {
    const line = (await this.get('/metrics')).text.split('\n').find((text) => text.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }

  /** Ends it at once, as SIGKILL would, and throws what it failed of. */
  async kill(): Promise<void> {
    if (!this.#isOver) this.lifecycle.requestAbort('the test ends');
    await this.ended;
  }

  #take(line: string): void {
    this.lines.push(line);
    const entry: unknown = JSON.parse(line);
    if (isRecord(entry) && entry['message'] === 'spot handler started') this.adminPort = Number(entry['port']);
  }
}

/** How a lab differs from the usual one. */
export interface SpotLabOptions<Cloud extends keyof ImdsOf> {
  readonly cloud: Cloud;
  /** Further variables for every handler; they win. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Changes the node before it is created. */
  readonly node?: (node: KubeObject) => void;
}

/** The lab. Dispose of it. */
export class SpotLab<Cloud extends keyof ImdsOf> implements AsyncDisposable {
  readonly imds: FakeImds<ImdsOf[Cloud]>;
  readonly kube: FakeKubeApiserver;
  /** Stands before the API server. */
  readonly kubeProxy: FaultProxy;
  /** Stands before the platform. */
  readonly platformProxy: FaultProxy;
  readonly control: PlatformControl;
  readonly clusterId: string;
  readonly #parts: Parts<Cloud>;
  readonly #handlers: RunningHandler[] = [];

  static async start<Cloud extends keyof ImdsOf>(options: SpotLabOptions<Cloud>): Promise<SpotLab<Cloud>> {
    const authority = new TestAuthority();
    const { certPem: cert, keyPem: key } = authority.issue({ commonName: 'kube-apiserver' });
    const kube = await FakeKubeApiserver.start({ tls: { cert, key } });
    const platform = await startPlatform();
    const agent = new HandAgent(platform.url);
    const clusterId = await agent.register();
    const directory = mkdtempSync(join(tmpdir(), 'castai-spot-'));
    writeFileSync(join(directory, 'token'), FAKE_TOKEN);
    writeFileSync(join(directory, 'ca.crt'), authority.certPem);
    const node = sampleSpotNode(options.cloud);
    options.node?.(node);
    kube.create(node);
    return new SpotLab({
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

  /** The variables of a handler in this lab. */
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
  startHandler(environment: Readonly<Record<string, string>> = {}): RunningHandler {
    const handler = new RunningHandler({ ...this.environment, ...environment });
    this.#handlers.push(handler);
    return handler;
  }

  /** Starts a handler and waits until it hears. */
  async startReady(environment: Readonly<Record<string, string>> = {}): Promise<RunningHandler> {
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
  readonly options: SpotLabOptions<Cloud>;
  readonly imds: FakeImds<ImdsOf[Cloud]>;
  readonly kube: FakeKubeApiserver;
  readonly platform: RunningPlatform;
  readonly kubeProxy: FaultProxy;
  readonly platformProxy: FaultProxy;
  readonly clusterId: string;
  readonly directory: string;
  readonly authority: TestAuthority;
}

async function startImds<Cloud extends keyof ImdsOf>(cloud: Cloud): Promise<FakeImds<ImdsOf[Cloud]>> {
  const starters = { azure: startAzureImds, aws: startAwsImds, gcp: startGcpImds } as const;
  return (await starters[cloud]()) as unknown as FakeImds<ImdsOf[Cloud]>;
}

/** What of a node these tests look at. */
export interface NodeSummary {
  readonly unschedulable: boolean;
  readonly drainingLabel: string | undefined;
  readonly taints: readonly unknown[];
  readonly record: string | undefined;
  /** Cordoned, labelled and tainted. */
  readonly isMarked: boolean;
}

/** Sums a node up. */
export function summarize(node: Readonly<Record<string, unknown>> | undefined): NodeSummary {
  const metadata = isRecord(node?.['metadata']) ? node['metadata'] : {};
  const spec = isRecord(node?.['spec']) ? node['spec'] : {};
  const labels = isRecord(metadata['labels']) ? metadata['labels'] : {};
  const annotations = isRecord(metadata['annotations']) ? metadata['annotations'] : {};
  const taints: unknown[] = Array.isArray(spec['taints']) ? spec['taints'] : [];
  const drainingLabel = labels['autoscaling.cast.ai/draining'] as string | undefined;
  const hasTaint = taints.some((taint) => isRecord(taint) && taint['key'] === DRAINING_TAINT.key);
  const unschedulable = spec['unschedulable'] === true;
  return {
    unschedulable,
    drainingLabel,
    taints,
    record: annotations['autoscaling.cast.ai/spot-handler'] as string | undefined,
    isMarked: unschedulable && hasTaint && drainingLabel === 'spot-interruption',
  };
}

/** A spot node with a taint of somebody else. */
export function sampleSpotNode(cloud: keyof ImdsOf, name = NODE_NAME): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'provisioner.cast.ai/node-id': 'node-0001' },
      annotations: { 'node.alpha.kubernetes.io/ttl': '0' },
    },
    spec: { podCIDR: '10.64.0.0/24', providerID: PROVIDER_IDS[cloud], taints: [FOREIGN_TAINT] },
    status: { nodeInfo: { bootID: '11111111-2222-3333-4444-555555555555', kubeletVersion: 'v1.36.3' } },
  };
}
