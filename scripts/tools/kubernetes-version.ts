import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const API_SERVER = join(import.meta.dirname, 'apiserver/go.mod');

/** The version of Kubernetes' Go modules that the tests run, e.g. `v0.37.2`. Throws an Error if it is pinned nowhere. */
export function kubernetesVersion(): string {
  const version = /^\tk8s\.io\/api (v\S+)/mu.exec(readFileSync(API_SERVER, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${API_SERVER} pins no version of k8s.io/api`);
  return version;
}
