import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from './api-client.ts';
import { type ApiServer, createApiServer } from './api-server.ts';
import { ensureBinaries } from '../../scripts/tools/binaries.ts';
import {
  type ClusterUser,
  type InClusterFiles,
  writeInClusterFiles,
  writeKubeconfig,
  writeServiceAccountKey,
  writeTokenFile,
} from './cluster-files.ts';
import { startEtcd } from './etcd.ts';
import { ProcessGroup } from './process-group.ts';

/** How a cluster differs from the usual one. */
export interface ClusterOptions {
  /** Users besides the admin. They have no rights until something is bound to them. */
  readonly users?: readonly ClusterUser[];
  /**
   * Runs the ServiceAccount admission plugin; false unless told. With it a pod needs an existing service account, and
   * no controller creates the "default" ones, so every pod would be refused until the test has made them.
   */
  readonly serviceAccountAdmission?: boolean;
  /** More flags for kube-apiserver; they win over ours. */
  readonly apiServerArgs?: readonly string[];
  /** More flags for etcd; they win over ours. */
  readonly etcdArgs?: readonly string[];
  /** Gets lines for a person while the executables are being built; nothing happens with them unless told. */
  readonly onProgress?: (line: string) => void;
}

/** A service account token as TokenRequest makes it. */
interface ServiceAccountTokenOptions {
  readonly namespace: string;
  /** The account, which must exist. */
  readonly name: string;
  /** At least 600, which the server insists on; an hour unless told. */
  readonly expirationSeconds?: number;
  /** Who it is for; the API server itself unless told. */
  readonly audience?: string;
  /** Binds the token to a pod: it ends with the pod and names the pod's node. */
  readonly boundPod?: { readonly name: string; readonly uid: string };
}

/**
 * A real etcd and kube-apiserver of this process alone. There is no controller: no default service accounts, no
 * garbage collection, no pods from ReplicaSets, deleted namespaces stay until somebody finalizes them, and the roles
 * view, edit and admin, which a controller fills from other roles, grant nothing.
 */
export interface Cluster extends AsyncDisposable, Pick<ApiClient, 'request'> {
  readonly url: string;
  /** PEM file of the server's CA. */
  readonly caFile: string;
  /** Token of a member of system:masters; `request` uses it. */
  readonly adminToken: string;
  /** Path of a kubeconfig with that token. */
  readonly kubeconfig: string;
  /** Makes another client; the caller closes it. No token means anonymous. */
  createClient(options: { readonly token?: string; readonly connections?: number }): ApiClient;
  /** Makes a folder like /var/run/secrets/kubernetes.io/serviceaccount, which lives as long as the cluster. */
  inClusterDir(files: InClusterFiles): Promise<string>;
  /** Asks for a token of a service account. Throws ApiError, with status 404 when the account does not exist. */
  serviceAccountToken(options: ServiceAccountTokenOptions): Promise<string>;
  /** Freezes the API server: connections stay open, nothing is answered. */
  pause(): void;
  /** Lets a frozen API server go on. */
  resume(): void;
  /**
   * Sends the signal, SIGKILL unless told, and waits for the end. After SIGTERM the listener closes at once while open
   * watches, and with them the server, go on for 60 s.
   */
  stopApiServer(signal?: NodeJS.Signals): Promise<void>;
  /** Starts a stopped API server again, on the same port and the same etcd, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Ends both servers at once and removes everything they wrote. Repeating it is harmless. */
  stop(): Promise<void>;
}

/**
 * Starts etcd and kube-apiserver on 127.0.0.1 and waits until they are ready, which takes a few seconds, or minutes
 * when the executables have to be built first. Both end with this process, however it ends.
 * Throws ClusterUnavailable when the executables cannot be had, an Error with a server's last lines when it fails.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const binaries = await ensureBinaries(options.onProgress ?? (() => undefined));
  const processes = new ProcessGroup(await mkdtemp(join(tmpdir(), 'castai-cluster-')));
  try {
    const adminToken = randomUUID();
    const admin = { name: 'admin', token: adminToken, groups: ['system:masters'] };
    const server = await createApiServer({
      binary: binaries.kubeApiserver,
      processes,
      etcdUrl: await startEtcd({ binary: binaries.etcd, processes, args: options.etcdArgs ?? [] }),
      tokenFile: await writeTokenFile(processes.directory, [admin, ...(options.users ?? [])]),
      serviceAccountKeyFile: await writeServiceAccountKey(processes.directory),
      adminToken,
      args: [
        ...(options.serviceAccountAdmission === true ? [] : ['--disable-admission-plugins=ServiceAccount']),
        ...(options.apiServerArgs ?? []),
      ],
    });
    await server.start();
    return await createCluster({ processes, server, adminToken });
  } catch (error) {
    await processes.stop();
    throw error;
  }
}

interface Parts {
  readonly processes: ProcessGroup;
  readonly server: ApiServer;
  readonly adminToken: string;
}

async function createCluster({ processes, server, adminToken }: Parts): Promise<Cluster> {
  const { url, caFile } = server;
  const { directory } = processes;
  const ca = await readFile(caFile, 'utf8');
  const admin = createApiClient({ url, ca, token: adminToken });
  const stop = async (): Promise<void> => {
    await admin.close();
    await processes.stop();
  };
  return {
    url,
    caFile,
    adminToken,
    kubeconfig: await writeKubeconfig(directory, { url, caFile, token: adminToken }),
    request: admin.request,
    createClient: (client) => createApiClient({ url, ca, ...client }),
    inClusterDir: (files) => writeInClusterFiles(directory, { ...files, ca }),
    serviceAccountToken: (options) => requestToken(admin, options),
    pause: () => server.pause(),
    resume: () => server.resume(),
    stopApiServer: (signal = 'SIGKILL') => server.stop(signal),
    startApiServer: () => server.start(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function requestToken(admin: ApiClient, options: ServiceAccountTokenOptions): Promise<string> {
  const { namespace, name, expirationSeconds = 3600, audience, boundPod } = options;
  const bound = boundPod === undefined ? {} : { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', ...boundPod } };
  const answer = await admin.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds, ...(audience === undefined ? {} : { audiences: [audience] }), ...bound },
  });
  return (answer.status as { readonly token: string }).token;
}
