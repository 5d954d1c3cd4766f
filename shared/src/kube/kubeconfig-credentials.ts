import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node';
import { load as parseYaml } from 'js-yaml';
import type { Clock } from '../async/clock.ts';
import { isBareWord } from '../config/is-bare-word.ts';
import { CastaiError, describeError } from '../errors.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';
import type { ClientCertificate, ConnectionSettings } from '../http/connection.ts';
import { KUBE_TIMEOUTS, type KubeCredentials } from './credentials.ts';
import { isRecord } from './kube-object.ts';
import { TokenFile } from './token-file.ts';

/** What a kubeconfig is read with. */
export interface KubeconfigOptions {
  /** The process' environment, for the proxy variables, which count unless the kubeconfig names a proxy. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Told each token and password that is used. */
  readonly secrets: KnownSecrets;
}

/**
 * The credentials of a kubeconfig's current context: token, token file, client certificate, basic, or what a plugin
 * (`exec`, `auth-provider`) gives. For laptops and tests; a pod never comes here, because the library that reads the file
 * costs 85 MB.
 *
 * The file is read again, and a plugin asked again, after a 401. Address, CA and client certificate stay as they were at
 * the start, a plugin's as well. Throws `CONFIG_FILE_UNREADABLE` and `CONFIG_INVALID`.
 */
export async function kubeconfigCredentials(path: string, options: KubeconfigOptions): Promise<KubeCredentials> {
  let loaded = await load(path, options);
  const server = parseServer(loaded, path);
  return {
    server,
    connection: {
      baseUrl: server,
      ...(await trustOf(loaded.cluster)),
      ...((await certificateOf(loaded.user)) ?? (await pluginCertificate(loaded))),
      ...proxyOf(loaded.cluster, options),
      ...KUBE_TIMEOUTS,
    },
    authorization: async () => {
      const { username, password } = loaded.user;
      if (username && password) options.secrets.addCredentials('API server', { user: username, password });
      const authorization = await authorizationOf(loaded);
      if (authorization === undefined) return undefined;
      const secret = authorization.replace(/^\w+ /u, '');
      options.secrets.add('API server', secret);
      if (isBareWord(secret)) return authorization;
      throw new CastaiError('CREDENTIALS_UNREADABLE', 'what the kubeconfig or its plugin gives as a token is none', {
        hint: 'a token is one word: check it for line breaks, as of a Secret that was encoded twice',
      });
    },
    refresh: async () => {
      loaded = await load(path, options);
    },
  };
}

interface Loaded {
  readonly config: KubeConfig;
  readonly cluster: Cluster;
  readonly user: User;
  readonly tokenFile: TokenFile | undefined;
}

async function load(path: string, { clock }: KubeconfigOptions): Promise<Loaded> {
  const text = await readText(path, 'the kubeconfig');
  // The only import of it, and only when asked for: see above.
  const config = new KubeConfig();
  const folder = dirname(resolve(path));
  let document: unknown;
  try {
    // Not by the library's own function, which brings the classes of all kinds to check what it read against.
    document = parseYaml(text);
    config.loadFromString(text);
    config.makePathsAbsolute(folder);
  } catch {
    // Not kept as a cause: the YAML parser quotes the lines around an error, and those hold secrets.
    throw invalid(path, 'it is not the YAML of a kubeconfig');
  }
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (cluster === null || user === null) {
    throw invalid(path, `the current context ${JSON.stringify(config.getCurrentContext())} has no cluster or no user`);
  }
  if (user.impersonateUser) throw invalid(path, '`as` (impersonation) is not supported');
  const tokenPath = tokenFileOf(document, user.name);
  const tokenFile = tokenPath === '' ? undefined : new TokenFile(resolve(folder, tokenPath), clock);
  return { config, cluster, user, tokenFile };
}

/** The library does not know `tokenFile`, only a `token-file` that no other client knows. */
function tokenFileOf(document: unknown, userName: string): string {
  const users: unknown = isRecord(document) ? document['users'] : undefined;
  const entry = Array.isArray(users) ? users.filter(isRecord).find(({ name }) => name === userName) : undefined;
  const user = entry?.['user'];
  const path = isRecord(user) ? user['tokenFile'] : undefined;
  return typeof path === 'string' ? path : '';
}

function parseServer({ cluster }: Loaded, path: string): URL {
  if (/^https?:/.test(cluster.server) && URL.canParse(cluster.server)) return new URL(cluster.server);
  // Not quoted: an address may hold a password.
  throw invalid(path, "the current context's cluster has no server that begins with https:// or http://");
}

async function trustOf(cluster: Cluster): Promise<Partial<ConnectionSettings>> {
  const caPem = await pemOf(cluster.caData, cluster.caFile);
  return {
    // A kubeconfig without a CA means the system's roots, with one only that one.
    ...(caPem !== '' ? { caPem, trustSystemRoots: false } : {}),
    ...(cluster.skipTLSVerify ? { verifyServer: false } : {}),
    ...(cluster.tlsServerName ? { serverName: cluster.tlsServerName } : {}),
  };
}

async function certificateOf(user: User): Promise<{ clientCertificate: ClientCertificate } | undefined> {
  const certPem = await pemOf(user.certData, user.certFile);
  const keyPem = await pemOf(user.keyData, user.keyFile);
  return certPem === '' || keyPem === '' ? undefined : { clientCertificate: { certPem, keyPem } };
}

/** Some plugins, as those of access proxies, give a certificate in place of a token. What one has to complain about is told with the first request. */
async function pluginCertificate({ config, user }: Loaded): Promise<{ clientCertificate?: ClientCertificate }> {
  if (!user.exec) return {};
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options).catch(() => undefined);
  const { cert, key } = options;
  return typeof cert === 'string' && typeof key === 'string'
    ? { clientCertificate: { certPem: cert, keyPem: key } }
    : {};
}

/** Data in the kubeconfig wins over a file, as with kubectl. Absent ones are null whatever the library's types say. */
async function pemOf(data: string | undefined, file: string | undefined): Promise<string> {
  if (data) return Buffer.from(data, 'base64').toString();
  return file ? readText(file, 'the certificate file') : '';
}

/** `proxy-url` wins over the variables, and over NO_PROXY, as with kubectl. */
function proxyOf(
  cluster: Cluster,
  { environment }: KubeconfigOptions,
): Pick<ConnectionSettings, 'proxy' | 'environment'> {
  const { proxyUrl } = cluster;
  return { proxy: proxyUrl ? { url: proxyUrl } : 'environment', environment };
}

async function authorizationOf({ config, user, tokenFile }: Loaded): Promise<string | undefined> {
  if (tokenFile !== undefined) return `Bearer ${(await tokenFile.read()).reveal()}`;
  if (user.token) return `Bearer ${user.token.trim()}`;
  if (user.username) return `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
  if (!user.exec && !user.authProvider) return undefined;
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
  if (error instanceof SyntaxError) return 'its output is not JSON';
  // The library's own stumbling over JSON of another shape.
  return error instanceof TypeError ? 'its output is no ExecCredential with a status' : describeError(error);
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
