import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { Span } from '../judge/maintenance.ts';
import { parseUpcomingWindow } from '../judge/parse-upcoming-window.ts';

/**
 * Asks the ConfigMap `namespace/name` for the next maintenance window; that it is not there is normal, and then nobody tells one. Rejects with
 * what the API server answers, and with `KUBE_STREAM_BROKEN` for what cannot be meant.
 */
export async function askUpcomingWindow(
  client: Pick<KubeClient, 'get'>,
  place: string,
  signal: AbortSignal,
): Promise<Span | undefined> {
  const [namespace = '', name = ''] = place.split('/').map(encodeURIComponent);
  let answer: unknown;
  try {
    answer = await client.get(`/api/v1/namespaces/${namespace}/configmaps/${name}`, signal);
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
    throw error;
  }
  const data = isRecord(answer) && isRecord(answer['data']) ? answer['data'] : {};
  try {
    return parseUpcomingWindow(data);
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    throw new KubeError('KUBE_STREAM_BROKEN', `the ConfigMap ${place} tells no maintenance window: ${why}`, {
      cause: error,
      hint: 'see what writes the ConfigMap that MAINTENANCE_CONFIG_MAP names, or take the option out',
    });
  }
}
