import type { KubeClient } from './kube-client.ts';

/** An object of which some fields are ours. */
export interface AppliedObject {
  /** Of the object itself, such as `/api/v1/namespaces/ns/configmaps/name`. */
  readonly path: string;
  /** The name under which the API server knows whose fields they are. What a manager leaves out of its next write is taken away. */
  readonly manager: string;
  readonly body: unknown;
}

/**
 * Applies what is ours of an object, not created and then patched: one request, whether it is there or not and whoever has made it; it takes
 * nothing else that is in there; and the right to it can be bound to its name. Throws as `KubeClient.patch`.
 */
export async function applyObject(
  client: Pick<KubeClient, 'patch'>,
  { path, manager, body }: AppliedObject,
  signal: AbortSignal,
): Promise<void> {
  const query = `fieldManager=${encodeURIComponent(manager)}&force=true`;
  await client.patch(`${path}?${query}`, { contentType: 'application/apply-patch+yaml', body }, signal);
}
