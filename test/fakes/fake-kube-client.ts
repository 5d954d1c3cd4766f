import { systemClock } from '@castai/shared/async/clock.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from './kube-apiserver/fake-kube-apiserver.ts';

/** A fake API server with one namespace, and a client of it in this process. Dispose of it. */
export class FakeKubeClient implements AsyncDisposable {
  readonly fake: FakeKubeApiserver;
  readonly client: KubeClient;
  readonly #agents: HttpAgents;

  static async start(namespace: string): Promise<FakeKubeClient> {
    const fake = await FakeKubeApiserver.start();
    fake.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    return new FakeKubeClient(fake);
  }

  private constructor(fake: FakeKubeApiserver) {
    this.fake = fake;
    const server = new URL(fake.url);
    const limits = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, keepAliveMs: 1_000 };
    const connection = { baseUrl: server, proxy: 'none', environment: {}, ...limits } as const;
    this.#agents = new HttpAgents(connection, { clock: systemClock });
    this.client = new KubeClient({
      credentials: {
        server,
        connection,
        authorization: async () => `Bearer ${FAKE_TOKEN}`,
        refresh: async () => undefined,
      },
      agents: this.#agents,
      clock: systemClock,
      userAgent: 'test',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agents.close();
    await this.fake[Symbol.asyncDispose]();
  }
}
