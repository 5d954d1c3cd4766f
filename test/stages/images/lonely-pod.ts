import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { PodSettings } from './unpacked-image.ts';

const NOBODY = '127.0.0.1:1';

/** Settings of a pod of any of the programs, with its service account, in a cluster where nothing answers. */
export interface LonelyPod extends Disposable {
  readonly settings: PodSettings;
}

/** Such settings; the files of the service account are there until it is disposed of. */
export function lonelyPod(): LonelyPod {
  const folder = mkdtempSync(join(tmpdir(), 'castai-account-'));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'token'), 'none', { mode: 0o644 });
  writeFileSync(join(folder, 'ca.crt'), rootCertificates[0] ?? '', { mode: 0o644 });
  const [host = '', port = ''] = NOBODY.split(':');
  return {
    settings: {
      volumes: { '/var/run/secrets/kubernetes.io/serviceaccount': folder },
      env: {
        API_KEY: 'none',
        API_URL: `https://${NOBODY}`,
        CLUSTER_ID: 'none',
        NODE_NAME: 'none',
        POD_NAMESPACE: 'none',
        PROVIDER: 'aks',
        IMDS_URL: `http://${NOBODY}`,
        PLATFORM_KEYS: `none:${Buffer.alloc(32, 9).toString('base64')}`,
        KUBERNETES_SERVICE_HOST: host,
        KUBERNETES_SERVICE_PORT: port,
        ADMIN_PORT: '0',
        PORT: '0',
        // Nothing here may be written to, so nothing is kept.
        DATABASE_FILE: ':memory:',
        DRAIN_SECONDS: '1',
      },
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
