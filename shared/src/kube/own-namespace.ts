import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What tells where a pod is. */
export interface OwnPlaceConfig {
  readonly podNamespace?: string | undefined;
  readonly serviceAccountDir: string;
}

/** The pod's own namespace: as told, or as Kubernetes mounts it beside the token. Empty where nothing tells it. */
export function ownNamespace({ podNamespace, serviceAccountDir }: OwnPlaceConfig): string {
  if (podNamespace !== undefined) return podNamespace;
  try {
    return readFileSync(join(serviceAccountDir, 'namespace'), 'utf8').trim();
  } catch {
    // Not there, or not readable: whoever asks says what to do.
    return '';
  }
}
