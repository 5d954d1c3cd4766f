import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { type ApiClient, ApiError, type ApiObject } from '../../cluster/api-client.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { ActionsHub } from '../../fakes/actions-hub.ts';
import { ApiWitness, type WitnessOptions } from '../../fakes/api-witness.ts';
import { type ChildProgram, startProgram } from '../child-program.ts';

interface StageParts {
  readonly authority: TestAuthority;
  readonly target: WitnessOptions;
  readonly witness: ApiWitness;
  readonly hub: ActionsHub;
}

/** Namespace of the controllers. */
const NAMESPACE = 'castai-agent';

/**
 * Controllers as processes of their own between a platform and a real API server, with a witness in front of the latter. There is no kubelet and
 * no controller of any workload: the test plays them.
 */
export class ControllerStage implements AsyncDisposable {
  readonly hub: ActionsHub;
  readonly witness: ApiWitness;
  readonly api: ApiClient['request'];
  readonly #authority: TestAuthority;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #tokenFile: string;
  readonly #target: WitnessOptions;
  readonly #witnesses: ApiWitness[] = [];
  readonly #programs: ChildProgram[] = [];

  static async start(cluster: Cluster): Promise<ControllerStage> {
    const authority = new TestAuthority();
    const tls = authority.issue({ commonName: 'kube-apiserver' });
    const ca = readFileSync(cluster.caFile, 'utf8');
    const target = { tls, url: cluster.url, ca };
    const [witness, hub] = await Promise.all([ApiWitness.start(target), ActionsHub.start()]);
    await cluster
      .request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } })
      .catch(unless(409));
    // Of each stage its own records: those of one before are those of another platform.
    await cluster.request('DELETE', `/api/v1/namespaces/${NAMESPACE}/configmaps`);
    return new ControllerStage(cluster, { authority, target, witness, hub });
  }

  private constructor(cluster: Cluster, { authority, target, witness, hub }: StageParts) {
    this.hub = hub;
    this.witness = witness;
    this.api = cluster.request;
    this.#authority = authority;
    this.#target = target;
    this.#witnesses.push(witness);
    this.#tokenFile = authority.write('token', cluster.adminToken);
    authority.write('namespace', NAMESPACE);
    this.#environment = {
      API_KEY: 'key-0001',
      API_URL: hub.url.href,
      CLUSTER_ID: 'c-1',
      POD_NAMESPACE: NAMESPACE,
      SERVICE_ACCOUNT_DIR: dirname(authority.write('ca.crt', authority.certPem)),
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      ADMIN_HOST: '127.0.0.1',
      ADMIN_PORT: '0',
    };
  }

  /** A witness of its own for one of several controllers. */
  async addWitness(): Promise<ApiWitness> {
    const witness = await ApiWitness.start(this.#target);
    this.#witnesses.push(witness);
    return witness;
  }

  /** A controller; without more it takes part in no election. */
  controller(env: Readonly<Record<string, string>> = {}, witness = this.witness): ChildProgram {
    const program = findProgram('cluster-controller');
    const started = startProgram({
      name: 'cluster-controller',
      entry: sourceOf(program),
      nodeArgs: program.nodeFlags,
      env: {
        ...program.environment,
        ...this.#environment,
        KUBERNETES_SERVICE_PORT: String(witness.port),
        ...env,
      },
    });
    this.#programs.push(started);
    return started;
  }

  /** From now on the pods of controllers have this token. */
  writeToken(token: string): void {
    writeFileSync(this.#tokenFile, token);
  }

  /** A node that is ready, and that the platform calls `id-<name>`. Gives its uid. */
  async addNode(name: string, id = `id-${name}`): Promise<string> {
    const metadata = { name, labels: { 'provisioner.cast.ai/node-id': id } };
    const node = await this.api('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata });
    await this.api('PATCH', `/api/v1/nodes/${name}/status`, {
      status: { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }] },
    });
    return node.metadata?.uid ?? '';
  }

  /** A pod on a node, that runs there: one that is pending is past every budget. Gives its uid. */
  async addPod(name: string, nodeName: string, metadata: object = {}): Promise<string> {
    const containers = [{ name: 'main', image: 'example.com/main:1' }];
    const pod = await this.api('POST', '/api/v1/namespaces/default/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, ...metadata },
      spec: { nodeName, containers, terminationGracePeriodSeconds: 30 },
    });
    if (nodeName !== '') {
      await this.api('PATCH', `/api/v1/namespaces/default/pods/${name}/status`, {
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      });
    }
    return pod.metadata?.uid ?? '';
  }

  async pods(): Promise<readonly ApiObject[]> {
    return (await this.api('GET', '/api/v1/namespaces/default/pods')).items ?? [];
  }

  /** A budget that never lets a pod with the label `app=<name>` go, as its controller would have it. */
  async addBudget(name: string): Promise<void> {
    const path = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    const budget = await this.api('POST', path, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: name } } },
    });
    const { generation } = budget.metadata ?? {};
    await this.api('PATCH', `${path}/${name}/status`, {
      status: {
        observedGeneration: generation,
        disruptionsAllowed: 0,
        currentHealthy: 1,
        desiredHealthy: 1,
        expectedPods: 1,
      },
    });
  }

  /** What a kubelet does with pods that are to end: says that they have. Gives the names of those of which this call was the one to say it. */
  async playKubelet(): Promise<string[]> {
    const ending = (await this.pods()).filter(({ metadata }) => metadata?.['deletionTimestamp'] !== undefined);
    const ended: string[] = [];
    for (const { metadata } of ending) {
      const name = metadata?.name ?? '';
      const options = { gracePeriodSeconds: 0, preconditions: { uid: metadata?.uid } };
      const path = `/api/v1/namespaces/default/pods/${name}`;
      const isEnded = await this.api('DELETE', path, options).then(() => true, unless(404, 409));
      if (isEnded === true) ended.push(name);
    }
    return ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program.kill();
    await this.hub[Symbol.asyncDispose]();
    for (const witness of this.#witnesses) await witness[Symbol.asyncDispose]();
    this.#authority[Symbol.dispose]();
  }
}

function unless(...statuses: readonly number[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof ApiError) || !statuses.includes(error.status)) throw error;
  };
}
