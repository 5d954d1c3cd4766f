/** The public keys by which the API server of a cluster signs the tokens of its service accounts. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { JSONWebKeySet } from 'jose';

/** What is known of one cluster. */
export interface ClusterKeys {
  /** As the API server calls itself in tokens: `issuer` of its `/.well-known/openid-configuration`. */
  readonly issuer: string;
  /** As its `/openid/v1/jwks` has them. */
  readonly jwks: JSONWebKeySet;
  /** The only service accounts whose tokens count, `namespace/name`; any when absent. */
  readonly accounts?: readonly string[];
}

/**
 * The keys of a cluster in a folder: `<id>.json` with `issuer`, `keys` and perhaps `accounts`. Read for each report, so that a file that
 * is added or replaced counts at once; reports are few. Undefined: there is none. Throws for a file that cannot be used: a mistake in
 * it must not look as if there were no keys.
 */
export async function readClusterKeys(folder: string, cluster: string): Promise<ClusterKeys | undefined> {
  // It comes out of a path: nothing but a name may become part of ours.
  if (!/^\w[\w.-]*$/u.test(cluster)) return undefined;
  const file = join(folder, `${cluster}.json`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return parseKeys(text, file);
}

function parseKeys(text: string, file: string): ClusterKeys {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw new RangeError(`${file} is no JSON object`);
  const { issuer, keys, accounts } = value;
  if (typeof issuer !== 'string' || issuer === '') throw new RangeError(`${file} names no issuer`);
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isKey)) throw new RangeError(`${file} has no keys`);
  if (accounts === undefined) return { issuer, jwks: { keys } };
  if (!Array.isArray(accounts) || !accounts.every((account) => typeof account === 'string')) {
    throw new RangeError(`accounts of ${file} is no list of texts`);
  }
  return { issuer, jwks: { keys }, accounts };
}

function isKey(value: unknown): value is JSONWebKeySet['keys'][number] {
  return isRecord(value) && typeof value['kty'] === 'string';
}
