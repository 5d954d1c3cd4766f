import { join } from 'node:path';
import { isIPv6 } from 'node:net';
import type { Clock } from '../async/clock.ts';
import { CastaiError } from '../errors.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';
import type { ConnectionSettings } from '../http/connection.ts';
import { TokenFile } from './token-file.ts';

/** How to reach one API server and who we are there. */
export interface KubeCredentials {
  /** Address of the API server; a path becomes the prefix of every request. */
  readonly server: URL;
  /** The same address with trust, client certificate, proxy and timeouts. */
  readonly connection: ConnectionSettings;
  /**
   * Value of the `Authorization` header for the next request; `undefined` if the client certificate says it all.
   * To be asked for before every request. Throws `CREDENTIALS_UNREADABLE`, which may pass.
   */
  authorization(): Promise<string | undefined>;
  /** To be called after a 401: the next `authorization` is not an older one. Throws `CREDENTIALS_UNREADABLE`. */
  refresh(): Promise<void>;
}

/** Where Kubernetes puts what a pod needs to know. */
export interface InClusterOptions {
  /** Folder of `token` and `ca.crt`; Kubernetes' own unless told otherwise. */
  readonly dir?: string | undefined;
  /** The process' environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Told each token that is used. */
  readonly secrets: KnownSecrets;
}

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Limits for the API server. A server that is starting accepts a watch and then sends no headers for up to four
 * seconds, and longer under load (kube-apiserver 1.36, tried), so the one for headers is generous.
 */
export const KUBE_TIMEOUTS = { connectTimeoutMs: 10_000, headersTimeoutMs: 60_000, keepAliveMs: 60_000 } as const;

/**
 * The credentials that Kubernetes mounts into every pod. Only the cluster's CA is trusted and never through a proxy.
 * Throws `CONFIG_INVALID` when the environment does not say where the API server is. Files are not read yet.
 */
export function inClusterCredentials(options: InClusterOptions): KubeCredentials {
  const { dir = SERVICE_ACCOUNT_DIR, environment, clock, secrets } = options;
  const server = serverFrom(environment);
  const token = new TokenFile(join(dir, 'token'), clock);
  return {
    server,
    connection: {
      baseUrl: server,
      caFile: join(dir, 'ca.crt'),
      trustSystemRoots: false,
      proxy: 'none',
      environment,
      ...KUBE_TIMEOUTS,
    },
    authorization: async () => {
      const value = (await token.read()).reveal();
      secrets.add('API server', value);
      return `Bearer ${value}`;
    },
    refresh: () => token.refresh(),
  };
}

function serverFrom(environment: Readonly<Record<string, string | undefined>>): URL {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  // The first is the port named `https` of the service, the second its first port; on real clusters both are the same.
  const port = environment['KUBERNETES_SERVICE_PORT_HTTPS'] ?? environment['KUBERNETES_SERVICE_PORT'] ?? '';
  const text = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (host !== '' && port !== '' && URL.canParse(text)) return new URL(text);
  throw new CastaiError(
    'CONFIG_INVALID',
    `KUBERNETES_SERVICE_HOST is ${JSON.stringify(host)} and KUBERNETES_SERVICE_PORT_HTTPS is ${JSON.stringify(port)}: no address of an API server`,
    { hint: 'Kubernetes sets both in every pod; outside of a cluster set KUBECONFIG to the path of a kubeconfig' },
  );
}
