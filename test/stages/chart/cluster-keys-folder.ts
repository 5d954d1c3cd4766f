import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../../cluster/cluster.ts';

/** A folder with the keys of clusters, as an operator of the platform makes it from what each API server publishes. */
export class ClusterKeysFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'castai-cluster-keys-'));

  /** Adds those of a cluster, under the platform's id of it. */
  async add(clusterId: string, cluster: Pick<Cluster, 'request'>): Promise<void> {
    const { issuer } = (await cluster.request('GET', '/.well-known/openid-configuration')) as unknown as Keys;
    const { keys } = (await cluster.request('GET', '/openid/v1/jwks')) as unknown as Keys;
    writeFileSync(join(this.path, `${clusterId}.json`), JSON.stringify({ issuer, keys }));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

interface Keys {
  readonly issuer: string;
  readonly keys: readonly object[];
}
