import { KubeError } from '@castai/shared/kube/kube-error.ts';

/** Awaits a deletion on condition of a uid: what is not there any more, or whose name is another object's, has gone already. Throws what else the API server answers. */
export async function unlessGone(deletion: Promise<void>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    const isGone = error instanceof KubeError && (error.code === 'KUBE_NOT_FOUND' || error.code === 'KUBE_CONFLICT');
    if (!isGone) throw error;
  }
}
