import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiClient } from '../../cluster/api-client.ts';
import { FaultProxy } from '../../fakes/fault-proxy.ts';
import {
  FAKE_TOKEN,
  FakeKubeApiserver,
  type FakeKubeApiserverOptions,
} from '../../fakes/kube-apiserver/fake-kube-apiserver.ts';
import type { ServerKeys } from '../../fakes/kube-apiserver/listener.ts';
import type { LoggedRequest, RequestFilter } from '../../fakes/kube-apiserver/request-log.ts';
import { sampleCluster } from '../../samples/sample-cluster.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import type { StagedCluster } from './agent-stage.ts';

/** What the fake cluster is like; small unless told. */
export interface FakeClusterOptions extends Omit<FakeKubeApiserverOptions, 'tls'> {
  readonly nodes?: number;
  readonly pods?: number;
}

/** A fake API server in this process, reached as from a pod: by TLS, a service account's token and the cluster's CA. */
export interface FakeCluster extends StagedCluster {
  readonly fake: FakeKubeApiserver;
  /** The network between agent and API server. */
  readonly network: FaultProxy;
  /** The file that the agent reads its token from. */
  readonly tokenFile: string;
  /** The file with the CA that the agent trusts. */
  readonly caFile: string;
  /** Shows the certificate of another CA from now on, and gives that CA. */
  replaceAuthority(): string;
  /** What the agent asked for, oldest first. */
  agentRequests(filter?: RequestFilter): LoggedRequest[];
}

/** Starts one with a sample cluster in it. */
export async function startFakeCluster(options: FakeClusterOptions = {}): Promise<FakeCluster> {
  const { nodes = 4, pods = 60, ...rest } = options;
  const authority = new TestAuthority();
  const next = new TestAuthority('the next authority');
  const fake = await FakeKubeApiserver.start({ ...rest, tls: keysOf(authority) });
  fake.load(sampleCluster({ seed: options.seed ?? 1, nodes, pods }));
  const network = await FaultProxy.start({ target: fake.url });
  const directory = await mkdtemp(join(tmpdir(), 'castai-e2e-'));
  const [tokenFile, caFile] = [join(directory, 'token'), join(directory, 'ca.crt')];
  await writeFile(tokenFile, FAKE_TOKEN);
  await writeFile(caFile, authority.certPem);
  // Its own token, so that the agent's can be revoked, and its own way, so that the network's faults are the agent's alone.
  fake.access.addToken('observer', 'system:observer');
  const client = createApiClient({ url: fake.url, ca: authority.certPem + next.certPem, token: 'observer' });
  const { hostname, port } = new URL(network.url);
  return {
    fake,
    network,
    tokenFile,
    caFile,
    replaceAuthority: () => {
      fake.replaceKeys(keysOf(next));
      return next.certPem;
    },
    client,
    secrets: [FAKE_TOKEN],
    agentEnv: {
      SERVICE_ACCOUNT_DIR: directory,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    },
    agentRequests: (filter) =>
      fake.requests.entries(filter).filter(({ userAgent }) => userAgent?.startsWith('castai-agent/') === true),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await network.stop();
      // Without force it complains about requests that a stopped agent left behind.
      await fake.stop();
      await rm(directory, { recursive: true });
      for (const one of [authority, next]) one[Symbol.dispose]();
    },
  };
}

function keysOf(authority: TestAuthority): ServerKeys {
  const { certPem: cert, keyPem: key } = authority.issue({ commonName: 'kube-apiserver' });
  return { cert, key };
}
