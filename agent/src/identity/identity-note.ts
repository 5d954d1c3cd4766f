import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { KubeLease, LeaseNote } from '@castai/shared/kube/kube-lease.ts';

/** The identity that was found last, as a note on the Lease of the agent: whoever leads next, or starts next, knows it from there. */
export class IdentityNote implements LeaseNote {
  readonly key = 'castai-agent/identity';
  #text = '';
  #isOwn = false;

  get text(): string {
    return this.#text;
  }

  /** What we have found ourselves stands above what another replica wrote down. */
  remember(text: string): void {
    this.#text = text;
    this.#isOwn = true;
  }

  onRead(text: string): void {
    if (!this.#isOwn) this.#text = text;
  }
}

/**
 * What the Lease says; empty when there is none, or when it may not be read, which the election will say. Rejects with the `KubeError` of
 * everything else: who decided without it might register the cluster a second time.
 */
export async function recallIdentity(
  lease: Pick<KubeLease, 'read'>,
  note: IdentityNote,
  signal: AbortSignal,
): Promise<string> {
  try {
    await lease.read(signal);
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 'KUBE_FORBIDDEN') throw error;
  }
  return note.text;
}
