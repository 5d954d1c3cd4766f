import { systemClock } from '@castai/shared/async/clock.ts';
import { DispatcherSource } from '@castai/shared/http/dispatcher.ts';
import { kubeconfigCredentials } from '@castai/shared/kube/kubeconfig-credentials.ts';
import { type ApiClient, requestApi } from './api-client.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';

/**
 * A client of the cluster that a kubeconfig names, with everything that a kubeconfig may ask for: plugins, client
 * certificates, proxies. Nothing is sent yet. Throws a `CastaiError` when the file cannot be used.
 */
export async function kubeconfigClient(
  path: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<ApiClient> {
  const credentials = await kubeconfigCredentials(path, {
    environment,
    clock: systemClock,
    secrets: new KnownSecrets(),
  });
  const dispatchers = new DispatcherSource(credentials.connection, { clock: systemClock });
  const url = credentials.server.href.replace(/\/+$/u, '');
  return {
    request: async (method, resource, body) =>
      requestApi({ dispatcher: dispatchers.current(), url, authorization: await credentials.authorization() }, method, {
        path: resource,
        body,
      }),
    close: () => dispatchers.close(),
  };
}
