import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import type { Cluster, KubeConfig, User } from '@kubernetes/client-node';
import { CastaiError, describeError } from '../errors.ts';
import type { ClientCertificate, ConnectionSettings } from '../http/connection.ts';
import { type KubeCredentials, KUBE_TIMEOUTS } from './credentials.ts';

/** What a kubeconfig is read with. */
export interface KubeconfigOptions {
  /** The process' environment, for the proxy variables, which count unless the kubeconfig names a proxy. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The credentials of a kubeconfig's current context: token, token file, client certificate, basic, or what a plugin
 * (`exec`, `auth-provider`) gives. For laptops and tests; a pod never comes here, because the library that reads the file
 * costs 85 MB.
 *
 * A token is read again, and a plugin asked again, after a 401. Address, CA and client certificate stay as they were at
 * the start. Throws `CONFIG_FILE_UNREADABLE` and `CONFIG_INVALID`.
 */
export async function kubeconfigCredentials(path: string, options: KubeconfigOptions): Promise<KubeCredentials> {
  let loaded = await load(path);
  const server = parseServer(loaded, path);
  return {
    server,
    connection: {
      baseUrl: server,
      ...(await trustOf(loaded.cluster)),
      ...(await certificateOf(loaded.user)),
      ...proxyOf(loaded.cluster, options),
      ...KUBE_TIMEOUTS,
    },
    authorization: () => authorizationOf(loaded),
    refresh: async () => {
      loaded = await load(path);
    },
  };
}

interface Loaded {
  readonly config: KubeConfig;
  readonly cluster: Cluster;
  readonly user: User;
}

async function load(path: string): Promise<Loaded> {
  const text = await readText(path, 'the kubeconfig');
  // The only import of it: see `architecture.md`, "Dependencies, and why".
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
    config.makePathsAbsolute(dirname(resolve(path)));
  } catch {
    // Not kept as a cause: the YAML parser quotes the lines around an error, and those hold secrets.
    throw invalid(path, 'it is not the YAML of a kubeconfig, or a token file that it names cannot be read');
  }
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (cluster === null || user === null) {
    throw invalid(path, `the current context ${JSON.stringify(config.getCurrentContext())} has no cluster or no user`);
  }
  if (user.impersonateUser !== undefined) throw invalid(path, '`as` (impersonation) is not supported');
  return { config, cluster, user };
}

function parseServer({ cluster }: Loaded, path: string): URL {
  if (/^https?:/.test(cluster.server) && URL.canParse(cluster.server)) return new URL(cluster.server);
  throw invalid(path, `the server ${JSON.stringify(cluster.server)} is not an address`);
}

async function trustOf(cluster: Cluster): Promise<Partial<ConnectionSettings>> {
  const caPem =
    cluster.caData === undefined
      ? cluster.caFile && (await readText(cluster.caFile, 'the CA file'))
      : Buffer.from(cluster.caData, 'base64').toString();
  return {
    // A kubeconfig without a CA means the system's roots, with one only that one.
    ...(caPem ? { caPem, trustSystemRoots: false } : {}),
    ...(cluster.skipTLSVerify ? { verifyServer: false } : {}),
    ...(cluster.tlsServerName === undefined ? {} : { serverName: cluster.tlsServerName }),
  };
}

async function certificateOf(user: User): Promise<{ clientCertificate?: ClientCertificate }> {
  const certPem = await pemOf(user.certData, user.certFile);
  const keyPem = await pemOf(user.keyData, user.keyFile);
  return certPem === '' || keyPem === '' ? {} : { clientCertificate: { certPem, keyPem } };
}

async function pemOf(data: string | undefined, file: string | undefined): Promise<string> {
  if (data) return Buffer.from(data, 'base64').toString();
  return file ? readText(file, 'the client certificate') : '';
}

/** `proxy-url` wins over the variables, and over NO_PROXY, as with kubectl. */
function proxyOf(
  cluster: Cluster,
  { environment }: KubeconfigOptions,
): Pick<ConnectionSettings, 'proxy' | 'environment'> {
  const { proxyUrl } = cluster;
  if (!proxyUrl) return { proxy: 'environment', environment };
  return { proxy: 'environment', environment: { HTTPS_PROXY: proxyUrl, HTTP_PROXY: proxyUrl } };
}

async function authorizationOf({ config, user }: Loaded): Promise<string | undefined> {
  if (user.token) return `Bearer ${user.token.trim()}`;
  if (user.username) return `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
  if (user.exec === undefined && user.authProvider === undefined) return undefined;
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new CastaiError('CREDENTIALS_UNREADABLE', `the kubeconfig's plugin gave no credentials: ${textOf(error)}`, {
      hint: 'run `kubectl get namespaces` with the same kubeconfig: it uses the same plugin',
    });
  }
  const { headers } = options;
  const authorization: unknown = headers === undefined ? undefined : Reflect.get(headers, 'Authorization');
  return typeof authorization === 'string' ? authorization : undefined;
}

/** What a plugin wrote to its standard error is what the operator needs; what could not be parsed may be a token. */
function textOf(error: unknown): string {
  return error instanceof SyntaxError ? 'its output is not JSON' : describeError(error);
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CastaiError('CONFIG_FILE_UNREADABLE', `${what} ${path} cannot be read: ${describeError(error)}`, {
      cause: error,
      hint: 'check the path in KUBECONFIG and the paths inside of the file',
    });
  }
}

function invalid(path: string, what: string): CastaiError {
  return new CastaiError('CONFIG_INVALID', `the kubeconfig ${path} cannot be used: ${what}`, {
    hint: 'check it with `kubectl config view --minify`',
  });
}
