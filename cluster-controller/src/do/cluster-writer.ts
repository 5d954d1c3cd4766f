import {
  type DryEvictionObserver,
  DryPodRemover,
  type EvictionWriter,
  PodRemover,
} from '@castai/shared/drain/eviction-writer.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import type { Patch } from '@castai/shared/kube/kube-client.ts';
import { type Writes, writesInTurn } from './at-once.ts';

/**
 * Everything that this program changes in the cluster, each as one attempt. There are two: `RealWriter`, and `DryWriter`, which has the
 * API server judge it and store nothing. Which one is chosen once, where the program is put together.
 */
export interface ClusterWriter {
  /** Nothing is stored: whoever waits for an effect would wait in vain. */
  readonly isDry: boolean;
  /** Makes pods go; both ways on condition of the uid. */
  readonly pods: EvictionWriter;
  /** All three throw a `KubeError`, or the signal's reason. */
  patch(path: string, patch: Patch, signal: AbortSignal): Promise<void>;
  create(path: string, body: unknown, signal: AbortSignal): Promise<void>;
  delete(path: string, options: object, signal: AbortSignal): Promise<void>;
}

/** Writes in earnest, as long as this process leads: a process that was frozen past its lease must not act on it. */
export class RealWriter implements ClusterWriter {
  readonly isDry = false;
  readonly pods: EvictionWriter;
  readonly #client: Writes;

  constructor({ client, isHeld }: { readonly client: Writes; readonly isHeld: () => boolean }) {
    // Looked at right before each request, and not by a timer: those of a frozen process fire late.
    const guard = (): void => {
      if (!isHeld()) throw new CastaiError('ABORTED', 'the lease is lost: nothing is written any more');
    };
    this.#client = writesInTurn({
      patch: async (path, patch, signal) => (guard(), client.patch(path, patch, signal)),
      create: async (path, body, signal) => (guard(), client.create(path, body, signal)),
      delete: async (path, options, signal) => (guard(), client.delete(path, options, signal)),
    });
    this.pods = new PodRemover(this.#client);
  }

  async patch(path: string, patch: Patch, signal: AbortSignal): Promise<void> {
    await this.#client.patch(path, patch, signal);
  }

  async create(path: string, body: unknown, signal: AbortSignal): Promise<void> {
    await this.#client.create(path, body, signal);
  }

  async delete(path: string, options: object, signal: AbortSignal): Promise<void> {
    await this.#client.delete(path, options, signal);
  }
}

/** Who is told what would have been done. */
export interface DryWriterObserver extends DryEvictionObserver {
  onDryWrite(verb: 'patch' | 'create' | 'delete', path: string): void;
}

/** Tells what `RealWriter` would have done, once the API server has said that it would have been let. */
export class DryWriter implements ClusterWriter {
  readonly isDry = true;
  readonly pods: EvictionWriter;
  readonly #client: Writes;
  readonly #observer: DryWriterObserver;

  constructor({ client, observer }: { readonly client: Writes; readonly observer: DryWriterObserver }) {
    this.#client = writesInTurn(client);
    this.pods = new DryPodRemover({ client: this.#client, observer });
    this.#observer = observer;
  }

  async patch(path: string, patch: Patch, signal: AbortSignal): Promise<void> {
    await this.#client.patch(dry(path), patch, signal);
    this.#observer.onDryWrite('patch', path);
  }

  async create(path: string, body: unknown, signal: AbortSignal): Promise<void> {
    await this.#client.create(dry(path), body, signal);
    this.#observer.onDryWrite('create', path);
  }

  async delete(path: string, options: object, signal: AbortSignal): Promise<void> {
    await this.#client.delete(dry(path), options, signal);
    this.#observer.onDryWrite('delete', path);
  }
}

function dry(path: string): string {
  return `${path}?dryRun=All`;
}
