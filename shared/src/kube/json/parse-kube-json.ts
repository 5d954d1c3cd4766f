import { KubeError } from '../kube-error.ts';

/**
 * `JSON.parse` for text from the API server. Throws `KUBE_STREAM_BROKEN` without V8's message and without the original
 * as a cause: both quote the text, which may be anybody's secret.
 */
export function parseKubeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KubeError('KUBE_STREAM_BROKEN', `the API server sent ${text.length} characters that are not JSON`);
  }
}
