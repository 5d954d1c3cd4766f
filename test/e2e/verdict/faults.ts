/** The faults of the table in docs/operate.md: how each is brought about, and how it ends. */
import { rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Server } from 'node:net';
import { join } from 'node:path';
import type { Cause } from '@castai/shared/verdict/causes.ts';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import { type FakeStage, type FakeStageOptions, referenceTo, touch } from '../../stages/agent/fake-stage.ts';
import type { StagedAgent } from '../../stages/agent/staged-agent.ts';
import { notYetValid } from './not-yet-valid.ts';

/** Where a fault is brought about. */
export interface Scene {
  readonly stage: FakeStage;
  /** A folder of its own. */
  readonly folder: string;
  /** To be undone in the end. */
  readonly undo: (undo: () => unknown) => void;
}

/** One fault. */
export interface Fault {
  readonly title: string;
  readonly stage?: FakeStageOptions;
  /** Before the agent starts; gives variables for it. The agent is not ready then. */
  readonly before?: (scene: Scene) => Promise<Record<string, string>> | Record<string, string>;
  /** When the agent is ready. */
  readonly after?: (scene: Scene, agent: StagedAgent) => unknown;
  /** What the verdict is of; empty: this is none, and it stays ok. */
  readonly cause: Cause | '';
  /** The cause that leads the verdict, where it is another's. */
  readonly leader?: Cause | '';
  /** The agent becomes ready all the same. */
  readonly isReady?: true;
  /** What the verdict says in the end, where it says something else on the way. */
  readonly why?: string;
  /** Ends it; absent: only another configuration does. */
  readonly end?: (scene: Scene) => unknown;
  /** What the doctor would see is over by the time the verdict is there, or takes another configuration than the agent's. */
  readonly isUnseenByDoctor?: true;
}

const ELECTION = { LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system' };

/** All of them, in the order of the table. */
export const FAULTS: readonly Fault[] = [
  {
    title: 'wrong key',
    stage: { platform: { apiKeys: ['the-right-key'] } },
    before: () => ({}),
    cause: 'api-key',
    end: ({ stage }) => stage.platform.control.setApiKeys([stage.apiKey]),
  },
  {
    title: 'revoked key',
    after: ({ stage }) => stage.platform.control.setApiKeys(['another-key']),
    cause: 'api-key',
    end: ({ stage }) => stage.platform.control.setApiKeys([stage.apiKey]),
  },
  {
    title: 'unreadable key',
    before: ({ stage, folder }) => {
      writeFileSync(join(folder, 'key'), stage.apiKey);
      return { API_KEY: '', API_KEY_FILE: join(folder, 'key') };
    },
    after: ({ folder }) => rmSync(join(folder, 'key')),
    cause: 'api-key',
    end: ({ stage, folder }) => writeFileSync(join(folder, 'key'), stage.apiKey),
  },
  {
    title: 'wrong URL',
    before: ({ stage }) => ({ API_URL: `${stage.platform.url}/somewhere` }),
    cause: 'platform',
  },
  {
    title: 'private CA',
    before: async ({ undo }) => {
      const authority = new TestAuthority();
      undo(() => authority[Symbol.dispose]());
      const { certPem: cert, keyPem: key } = authority.issue({ commonName: '127.0.0.1' });
      return { API_URL: `https://127.0.0.1:${await listen(createHttps({ cert, key }), undo)}` };
    },
    cause: 'platform',
  },
  {
    title: 'clock off (a certificate that is not valid yet)',
    before: async ({ folder, undo }) => {
      const { certPem: cert, keyPem: key, certFile } = notYetValid(folder);
      const port = await listen(createHttps({ cert, key }), undo);
      return { API_URL: `https://127.0.0.1:${port}`, TLS_CA_CERT_FILE: certFile };
    },
    cause: 'platform',
  },
  {
    title: 'inspecting proxy or captive portal',
    after: ({ stage }) => stage.platform.control.addFault({ action: { type: 'notAck' } }),
    cause: 'platform',
    end: ({ stage }) => stage.platform.control.clearFaults(),
    isUnseenByDoctor: true,
  },
  {
    title: 'proxy wants credentials (407)',
    before: async ({ undo }) => {
      const proxy = createHttp().on('connect', (_request, client) => {
        client.on('error', () => undefined);
        client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      });
      return { API_URL: 'https://platform.test', HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy, undo)}` };
    },
    cause: 'platform',
  },
  { title: 'DNS', before: () => ({ API_URL: 'http://platform.invalid' }), cause: 'platform' },
  {
    title: 'black hole (nothing answers)',
    after: ({ stage }) => stage.platform.network.set({ type: 'swallow' }),
    cause: 'platform',
    end: ({ stage }) => stage.platform.network.set({ type: 'pass' }),
  },
  {
    title: 'connection refused',
    after: ({ stage }) => stage.platform.network.set({ type: 'refuse' }),
    cause: 'platform',
    end: ({ stage }) => stage.platform.network.set({ type: 'pass' }),
  },
  {
    title: 'API server hangs',
    before: async ({ stage }) => {
      await stage.cluster.network.set({ type: 'swallow' });
      return {};
    },
    cause: 'api-server',
    end: async ({ stage }) => {
      await stage.cluster.network.set({ type: 'pass' });
      stage.cluster.network.reset();
    },
  },
  {
    title: 'API server refuses connections at the start',
    before: async ({ stage }) => {
      await stage.cluster.network.set({ type: 'refuse' });
      return {};
    },
    cause: 'api-server',
    end: ({ stage }) => stage.cluster.network.set({ type: 'pass' }),
  },
  {
    title: 'API server refuses the token',
    before: ({ stage }) => {
      stage.cluster.fake.access.revokeToken('fake-token');
      return {};
    },
    cause: 'api-server',
    end: ({ stage }) =>
      stage.cluster.fake.access.addToken('fake-token', 'system:serviceaccount:castai-agent:castai-agent'),
  },
  {
    title: 'API server away after all was complete',
    after: ({ stage }) => stage.cluster.network.set({ type: 'refuse' }),
    cause: 'api-server',
    end: ({ stage }) => stage.cluster.network.set({ type: 'pass' }),
  },
  {
    title: 'API server away, with an election',
    stage: { env: ELECTION },
    after: ({ stage }) => stage.cluster.network.set({ type: 'refuse' }),
    cause: 'api-server',
    end: ({ stage }) => stage.cluster.network.set({ type: 'pass' }),
  },
  {
    title: 'one kind may not be read',
    before: ({ stage }) => {
      stage.cluster.fake.access.deny({ resource: 'limitranges' });
      return {};
    },
    cause: 'feeds',
    isReady: true,
    end: ({ stage }) => stage.cluster.fake.access.allowAll(),
  },
  {
    title: 'some kinds may not be read, pods among them',
    before: ({ stage }) => {
      stage.cluster.fake.access.deny({ resource: 'pods' }, { resource: 'jobs' }, { resource: 'roles' });
      return {};
    },
    cause: 'feeds',
    isReady: true,
    end: ({ stage }) => stage.cluster.fake.access.allowAll(),
  },
  {
    title: 'nothing may be read',
    before: ({ stage }) => {
      stage.cluster.fake.access.deny({ user: 'system:serviceaccount:castai-agent:castai-agent', verb: 'list' });
      return {};
    },
    cause: 'identity',
    end: ({ stage }) => stage.cluster.fake.access.allowAll(),
  },
  {
    title: 'the lease may not be used',
    stage: { env: ELECTION },
    before: ({ stage }) => {
      stage.cluster.fake.access.deny({ resource: 'leases' });
      return {};
    },
    cause: 'lease',
    end: ({ stage }) => stage.cluster.fake.access.allowAll(),
  },
  {
    title: 'another agent sends for this cluster',
    after: ({ stage }) => stage.startReadyAgent(),
    cause: 'fenced',
    isUnseenByDoctor: true,
  },
  {
    title: 'not the leader (a replica that stands by)',
    stage: { env: ELECTION },
    before: async ({ stage }) => {
      await stage.startReadyAgent({ env: { POD_NAME: 'agent-a' } });
      return { POD_NAME: 'agent-b' };
    },
    after: () => undefined,
    cause: '',
  },
  {
    title: 'conversion webhook of a foreign CRD is gone',
    after: ({ stage }) => {
      const message =
        'conversion webhook for karpenter.sh/v1beta1, Kind=NodePool failed: Post "https://karpenter.kube-system.svc:8443/": no endpoints available for service "karpenter"';
      const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 500, reason: 'InternalError', message };
      const { fake, network } = stage.cluster;
      const match = { group: 'karpenter.sh', resource: 'nodepools' };
      fake.faults.add({ match, action: { type: 'respond', status: 500, body } });
      // Watches that are open know nothing of it.
      network.reset();
    },
    cause: 'feed-api',
    end: ({ stage }) => stage.cluster.fake.faults.clear(),
    isUnseenByDoctor: true,
  },
  {
    title: 'as much waits as may (PENDING_LIMIT)',
    stage: { cluster: { pods: 600 }, env: { PENDING_LIMIT: '1Mi' } },
    after: async ({ stage }) => {
      await stage.platform.network.set({ type: 'refuse' });
      const { fake } = stage.cluster;
      for (const pod of fake.objects('pods')) {
        fake.update(referenceTo(pod), (object) => {
          object.metadata['labels'] = { long: 'x'.repeat(4_000) };
        });
      }
    },
    cause: 'memory',
    leader: 'platform',
    end: ({ stage }) => stage.platform.network.set({ type: 'pass' }),
    isUnseenByDoctor: true,
  },
  {
    title: 'the platform refuses one object',
    after: async ({ stage }) => {
      const [pod] = stage.cluster.fake.objects('pods');
      if (pod === undefined) throw new Error('the sample has no pods');
      const action = { type: 'poison', name: pod.metadata.name, as: 'entry' } as const;
      await stage.platform.control.addFault({ on: 'batch', action });
      stage.cluster.fake.update(referenceTo(pod), touch);
    },
    cause: 'refused-objects',
    isUnseenByDoctor: true,
  },
  {
    title: 'the platform refuses every object of one kind',
    after: async ({ stage }) => {
      for (const { metadata } of stage.cluster.fake.objects('pods')) {
        const action = { type: 'poison', name: metadata.name, as: 'batch' } as const;
        await stage.platform.control.addFault({ on: 'batch', action });
      }
      await stage.platform.control.requestResync(await stage.clusterId(), ['pods'], true);
    },
    cause: 'refused-objects',
    why: 'the platform takes no object of pods',
    isUnseenByDoctor: true,
  },
  {
    title: 'the platform refuses everything',
    after: ({ stage }) =>
      stage.platform.control.addFault({ on: 'batch', action: { type: 'status', status: 503, retryAfter: '5' } }),
    cause: 'platform',
    end: ({ stage }) => stage.platform.control.clearFaults(),
    isUnseenByDoctor: true,
  },
];

async function listen(server: Server, undo: Scene['undo']): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
