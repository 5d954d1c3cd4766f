import { randomUUID } from 'node:crypto';
import { must } from '@castai/shared/errors.ts';
import { PlainClient, type PlainObject } from '../../fakes/kube-apiserver/plain-client.ts';
import type { ContractServer, Dialect, Start } from './contract-server.ts';
import { versionOf } from './read-answers.ts';

/** What each part of the suite plays in: one server for all of them, and a namespace of its own for every test. */
export class Scene {
  readonly start: Start;
  readonly dialect: Dialect;
  #server: ContractServer | undefined;
  #client: PlainClient | undefined;

  constructor(start: Start, dialect: Dialect) {
    this.start = start;
    this.dialect = dialect;
  }

  get server(): ContractServer {
    return must(this.#server, 'a server that runs');
  }

  /** Of a user who may do everything. */
  get client(): PlainClient {
    return must(this.#client, 'a server that runs');
  }

  async open(): Promise<void> {
    this.#server = await this.start({ watchList: true });
    this.#client = new PlainClient(this.#server);
  }

  async close(): Promise<void> {
    await this.#client?.close();
    await this.#server?.stop();
  }

  /** A namespace of its own for every test, so that they can run side by side. */
  readonly newNamespace = async (): Promise<{ maps: string; path: string; namespace: string }> => {
    const namespace = `contract-${randomUUID().slice(0, 8)}`;
    await this.client.must('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    const path = `/api/v1/namespaces/${namespace}`;
    return { namespace, path, maps: `${path}/configmaps` };
  };

  /** ConfigMaps of these names, made one after the other. */
  readonly createMaps = async (maps: string, names: readonly string[]): Promise<PlainObject[]> => {
    const made: PlainObject[] = [];
    for (const map of names)
      made.push(await this.client.must('POST', maps, { metadata: { name: map }, data: { of: map } }));
    return made;
  };

  /** The version that a list has now. */
  readonly newest = async (maps: string): Promise<string> => versionOf(await this.client.list(maps));
}
