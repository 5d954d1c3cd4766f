import { KubeError } from './kube-error.ts';

/**
 * Whether the API server refused because a precondition's uid is not that of the object: what was meant is gone, and another one has its name.
 * Told by its words (`UID in precondition: …`, `the UID in the precondition …`; the contract suite holds both against a real one), since
 * a write that met another write has the same status and reason.
 */
export function isOfUid(error: unknown): boolean {
  return error instanceof KubeError && error.code === 'KUBE_CONFLICT' && /\bUID in\b/iu.test(error.message);
}
