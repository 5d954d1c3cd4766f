import { isOfUid } from '@castai/shared/kube/is-of-uid.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';

/** Awaits a deletion on condition of a uid: what is not there any more, or whose name is another object's, has gone already. Throws what else the API server answers. */
export async function unlessGone(deletion: Promise<void>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    const isAbsent = error instanceof KubeError && error.code === 'KUBE_NOT_FOUND';
    if (!isAbsent && !isOfUid(error)) throw error;
  }
}
