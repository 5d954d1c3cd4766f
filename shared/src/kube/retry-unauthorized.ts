import { classifyTransport } from './classify-kube.ts';
import type { KubeCredentials } from './credentials.ts';
import { KubeError } from './kube-error.ts';

/**
 * Makes an attempt and, when the server does not know us, one more with credentials read anew: the usual reason is a
 * token that was replaced since. A second refusal is thrown as it is. Failures of any kind become `KubeError`s, except
 * that an abort throws the signal's reason.
 */
export async function retryUnauthorized<T>(
  credentials: Pick<KubeCredentials, 'refresh'>,
  attempt: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  try {
    try {
      return await attempt();
    } catch (error) {
      // Without a status nobody refused us: the credentials could not be read in the first place.
      const isRefused = error instanceof KubeError && error.code === 'KUBE_UNAUTHORIZED' && error.status !== undefined;
      if (!isRefused || signal.aborted) throw error;
      await credentials.refresh();
      return await attempt();
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : classifyTransport(error);
  }
}
