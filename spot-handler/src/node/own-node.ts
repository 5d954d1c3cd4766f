import { Backoff } from '@castai/shared/async/backoff.ts';
import { spread } from '@castai/shared/async/spread.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { compareResourceVersions } from '@castai/shared/kube/resource-version.ts';
import type { NodeWatch } from './node-watch.ts';
import { type NodeView, viewNode } from './node-view.ts';

/** What it needs. */
export interface OwnNodeOptions extends Timing {
  readonly name: string;
  readonly client: Pick<KubeClient, 'get'>;
  readonly watch: Pick<NodeWatch, 'follow'>;
  /** Told of every new state, undefined when the node object is gone, before anybody who waits for it. */
  readonly onChange: (node: NodeView | undefined) => void;
  /** The API server did not give it; the last known state stays in use. */
  readonly onFailure: (error: unknown) => void;
}

/** Nothing waits for these: what is known of the node is used however old it is. */
const BACKOFF = { initialMs: 500, maxMs: 15_000, factor: 2, resetAfterMs: 60_000 } as const;
/** Watches end by themselves after 5 to 10 minutes, spread so that those of all nodes do not begin together. */
const WATCH_SECONDS = 450;
const WATCH_JITTER = 1 / 3;
/** A deleted node may be registered again by its kubelet. */
const DELETED_LOOK_MS = 10_000;

/** The node that this process runs on, as last known: read once, then followed by a watch. */
export class OwnNode {
  readonly path: string;
  readonly #options: OwnNodeOptions;
  #current: NodeView | undefined;
  #isDeleted = false;

  constructor(options: OwnNodeOptions) {
    this.#options = options;
    this.path = `/api/v1/nodes/${encodeURIComponent(options.name)}`;
  }

  /** The node as last known, even when the API server has not been reached for long; undefined before the first read. */
  get current(): NodeView | undefined {
    return this.#current;
  }

  /** The object does not exist: there is nothing to mark, while its machine may well run. */
  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  /** Reads it now. Throws what the API server's client throws; a 404 is taken note of before. */
  async read(signal: AbortSignal): Promise<NodeView> {
    try {
      return this.adopt(await this.#options.client.get(this.path, signal));
    } catch (error) {
      if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') this.#lose();
      throw error;
    }
  }

  /** Takes a state that came with the answer to a patch. States that are older than the known one are let go. */
  adopt(object: unknown): NodeView {
    const node = viewNode(object);
    const known = this.#current;
    const isOlder =
      known?.uid === node.uid &&
      !this.#isDeleted &&
      compareResourceVersions(node.resourceVersion, known.resourceVersion) === 'older';
    if (isOlder) return known;
    this.#current = node;
    this.#isDeleted = false;
    this.#options.onChange(node);
    return node;
  }

  /** Follows the node for ever. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, watch, name } = this.#options;
    const backoff = new Backoff(BACKOFF, { clock, random });
    for (;;) {
      try {
        const { resourceVersion } = await this.read(signal);
        backoff.succeeded();
        const timeoutSeconds = Math.round(spread(WATCH_SECONDS, WATCH_JITTER, random));
        for await (const events of watch.follow({ name, resourceVersion, timeoutSeconds }, signal)) {
          backoff.succeeded();
          for (const event of events) {
            if (event.type === 'DELETED') this.#lose();
            else if (event.type !== 'BOOKMARK') this.adopt(event.object);
          }
        }
        // A watch that ends is replaced by a read and a watch: one object is not worth keeping a resume point for.
        await clock.sleep(random() * 1000, signal);
      } catch (error) {
        signal.throwIfAborted();
        const isGone = error instanceof KubeError && error.code === 'KUBE_NOT_FOUND';
        if (!isGone) this.#options.onFailure(error);
        const retryAfterMs = error instanceof KubeError ? error.retryAfterMs : undefined;
        await clock.sleep(isGone ? DELETED_LOOK_MS : backoff.next(retryAfterMs), signal);
      }
    }
  }

  #lose(): void {
    if (this.#isDeleted) return;
    this.#isDeleted = true;
    this.#options.onChange(undefined);
  }
}
