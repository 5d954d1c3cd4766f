import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from './api-client.ts';
import { findFreePort } from './free-port.ts';
import type { ProcessGroup, ServerProcess } from './process-group.ts';
import { waitUntil } from './wait-until.ts';

/** What is needed to start a kube-apiserver. */
export interface ApiServerOptions {
  readonly binary: string;
  readonly processes: ProcessGroup;
  readonly etcdUrl: string;
  /** Path of the static token file. */
  readonly tokenFile: string;
  /** Path of the PEM file that signs and checks service account tokens. */
  readonly serviceAccountKeyFile: string;
  /** Token that may read everything; used to see when the server is ready. */
  readonly adminToken: string;
  /** Appended to our own arguments, so they win. */
  readonly args: readonly string[];
}

const START_TIMEOUT_MS = 60_000;
const SERVED_FROM_THE_START = ['default', 'kube-system'];

/** One kube-apiserver that can be stopped, started again on the same port, and frozen. */
export class ApiServer {
  readonly url: string;
  /** PEM file of the CA that signed the server's certificate; written by the first start. */
  readonly caFile: string;
  readonly #options: ApiServerOptions;
  readonly #port: number;
  #process: ServerProcess | undefined;

  constructor(options: ApiServerOptions, port: number) {
    this.#options = options;
    this.#port = port;
    this.url = `https://127.0.0.1:${port}`;
    this.caFile = join(options.processes.directory, 'ca.crt');
  }

  /**
   * Starts the server and waits until it is ready and has its own namespaces.
   * Throws an Error with the server's last lines when it ends or is not ready within 60 s, and when it already runs.
   */
  async start(): Promise<void> {
    if (this.#process?.hasEnded() === false) throw new Error('the API server already runs: stop it first');
    const server = this.#options.processes.start({
      name: 'kube-apiserver',
      program: this.#options.binary,
      args: this.#args(),
    });
    this.#process = server;
    const failIfEnded = async (): Promise<void> => {
      if (!server.hasEnded()) return;
      throw new Error(`kube-apiserver ended: ${await server.ended}\n${await server.lastLines()}`);
    };
    const ca = await this.#waitForCa(failIfEnded);
    const client = createApiClient({ url: this.url, ca, token: this.#options.adminToken });
    try {
      await waitUntil({
        failure: 'kube-apiserver is not ready',
        timeoutMs: START_TIMEOUT_MS,
        check: async () => {
          await failIfEnded();
          return (await isReady(client)) ? true : undefined;
        },
      });
    } finally {
      await client.close();
    }
  }

  /** Sends the signal and waits for the end. After SIGTERM open watches go on, and so does the server, for 60 s. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    this.#running().signal(signal);
    await this.#running().ended;
  }

  /** Freezes the server: connections stay open, nothing is answered. */
  pause(): void {
    this.#running().signal('SIGSTOP');
  }

  /** Lets a frozen server go on. */
  resume(): void {
    this.#running().signal('SIGCONT');
  }

  #running(): ServerProcess {
    if (this.#process === undefined) throw new Error('the API server was never started');
    return this.#process;
  }

  /**
   * The server makes its own certificate at its first start and keeps it for later ones, so nothing else has to make
   * X.509 certificates. Its file holds the server's certificate followed by the CA's.
   */
  async #waitForCa(failIfEnded: () => Promise<void>): Promise<string> {
    const ca = await waitUntil({
      failure: 'kube-apiserver has written no certificate',
      timeoutMs: START_TIMEOUT_MS,
      check: async () => {
        await failIfEnded();
        // The key is written last: once it is there, the certificate is whole.
        const key = await readFile(join(this.#certDir(), 'apiserver.key'), 'utf8').catch(() => '');
        if (!key.includes('-----END')) return undefined;
        const chain = await readFile(join(this.#certDir(), 'apiserver.crt'), 'utf8');
        return chain.slice(chain.lastIndexOf('-----BEGIN CERTIFICATE-----'));
      },
    });
    await writeFile(this.caFile, ca);
    return ca;
  }

  #certDir(): string {
    return join(this.#options.processes.directory, 'certificates');
  }

  #args(): string[] {
    const { etcdUrl, tokenFile, serviceAccountKeyFile, args } = this.#options;
    return [
      `--etcd-servers=${etcdUrl}`,
      `--secure-port=${this.#port}`,
      '--bind-address=127.0.0.1',
      // Without it the server looks for a network interface with a default route, which a sandbox does not have.
      '--advertise-address=127.0.0.1',
      // It would try for ever to write our loopback address into an Endpoints object, which is not allowed.
      '--endpoint-reconciler-type=none',
      `--cert-dir=${this.#certDir()}`,
      `--token-auth-file=${tokenFile}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${serviceAccountKeyFile}`,
      `--service-account-signing-key-file=${serviceAccountKeyFile}`,
      '--allow-privileged=true',
      ...args,
    ];
  }
}

/** Makes an API server on a free port; it is not started yet. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  return new ApiServer(options, await findFreePort());
}

async function isReady(client: ApiClient): Promise<boolean> {
  try {
    await client.request('GET', '/readyz');
    await Promise.all(SERVED_FROM_THE_START.map((name) => client.request('GET', `/api/v1/namespaces/${name}`)));
    return true;
  } catch {
    return false; // Refused, 403, 404 and 500 are all normal while it starts; the caller's deadline decides.
  }
}
