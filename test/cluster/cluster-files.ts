import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A user of the static token file, known to the API server from its start. */
export interface ClusterUser {
  readonly name: string;
  readonly token: string;
  /** Groups besides system:authenticated, which everybody is in. */
  readonly groups?: readonly string[];
}

/** Writes the static token file (kubernetes.io, "Static token file") and returns its path. */
export async function writeTokenFile(directory: string, users: readonly ClusterUser[]): Promise<string> {
  const lines = users.map(({ token, name, groups }) => `${token},${name},${name},"${(groups ?? []).join(',')}"\n`);
  return write(join(directory, 'tokens.csv'), lines.join(''));
}

/** Makes the key that signs service account tokens and returns the path of its PEM file. */
export async function writeServiceAccountKey(directory: string): Promise<string> {
  // ECDSA, because an RSA key takes up to a second to find.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return write(join(directory, 'service-account.key'), privateKey.export({ type: 'sec1', format: 'pem' }).toString());
}

/** How to reach the cluster as one user. */
export interface Access {
  readonly url: string;
  /** Path of the CA's PEM file; not for plain HTTP. */
  readonly caFile?: string;
  readonly token: string;
}

/** Writes a kubeconfig with one context and returns its path. JSON is YAML too. */
export async function writeKubeconfig(directory: string, access: Access): Promise<string> {
  const name = 'castai-test';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: access.url, 'certificate-authority': access.caFile } }],
    users: [{ name, user: { token: access.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  return write(join(directory, 'kubeconfig'), `${JSON.stringify(config, null, 2)}\n`);
}

/** What a kubelet mounts into a pod for its service account. */
export interface InClusterFiles {
  readonly token: string;
  readonly namespace: string;
}

/** Writes `token`, `ca.crt` and `namespace` into a new folder below `directory` and returns its path. */
export async function writeInClusterFiles(
  directory: string,
  files: InClusterFiles & { readonly ca: string },
): Promise<string> {
  const folder = await mkdtemp(join(directory, 'in-cluster-'));
  await write(join(folder, 'token'), files.token);
  await write(join(folder, 'ca.crt'), files.ca);
  await write(join(folder, 'namespace'), files.namespace);
  return folder;
}

async function write(file: string, text: string): Promise<string> {
  await writeFile(file, text, { mode: 0o600 });
  return file;
}
