import { must } from '../errors.ts';
import type { KubeItem } from './kube-item.ts';
import type { ListMetadata } from './list-metadata.ts';

/** A page of a list whose items arrive while they are read. */
export interface ListPage {
  /**
   * Known from the beginning with every real API server, which writes it before the items; a server that writes it
   * after them makes it `undefined` until the items have ended.
   */
  readonly metadata: ListMetadata | undefined;
  /**
   * The items, once and in the server's order (namespace, name): what one chunk of bytes completed at a time, never an empty array, and
   * to be used before the next is asked for. One by one they would cost a handful of promises each, a fifth of all the garbage on the way
   * of an object. Throws a `KubeError` in the middle when the page breaks off: the page is then void as a whole. Leaving the loop early
   * ends the connection.
   */
  readonly items: AsyncIterable<readonly KubeItem[]>;
  /** The metadata, after the last item was taken. Throws `INTERNAL` before. */
  end(): ListMetadata;
}

/** Cuts the body of a page into its items while its bytes arrive, in one encoding. */
export interface PageDecoder {
  /** As soon as it is known; at the latest after `end`. */
  readonly metadata: ListMetadata | undefined;
  /** The items that this chunk completed, in order. Throws a `KubeError`; must not be used any more then. */
  push(chunk: Buffer): KubeItem[];
  /** To be called when the body has ended. Throws `KUBE_STREAM_BROKEN` if the list has not. */
  end(): ListMetadata;
}

/** A page over the chunks of its body. */
export class StreamedPage implements ListPage {
  readonly items: AsyncGenerator<readonly KubeItem[], void, void>;
  readonly #chunks: AsyncGenerator<Buffer, void, void>;
  readonly #decoder: PageDecoder;
  #first: KubeItem[] = [];
  #ended: ListMetadata | undefined;

  constructor(chunks: AsyncGenerator<Buffer, void, void>, decoder: PageDecoder) {
    this.#chunks = chunks;
    this.#decoder = decoder;
    this.items = this.#iterate();
  }

  get metadata(): ListMetadata | undefined {
    return this.#decoder.metadata;
  }

  end(): ListMetadata {
    return must(this.#ended, 'a page was ended before its items were taken');
  }

  /** Reads until the metadata is known or an item has come, whichever is first. Throws like `items`. */
  async begin(): Promise<void> {
    try {
      while (this.metadata === undefined && this.#first.length === 0 && this.#ended === undefined) {
        this.#first = await this.#pull();
      }
    } catch (error) {
      await this.#chunks.return();
      throw error;
    }
  }

  async *#iterate(): AsyncGenerator<readonly KubeItem[], void, void> {
    try {
      let items = this.#first;
      this.#first = [];
      for (;;) {
        if (items.length > 0) yield items;
        if (this.#ended !== undefined) return;
        items = await this.#pull();
      }
    } finally {
      await this.#chunks.return();
    }
  }

  async #pull(): Promise<KubeItem[]> {
    const chunk = await this.#chunks.next();
    if (chunk.done !== true) return this.#decoder.push(chunk.value);
    this.#ended = this.#decoder.end();
    return [];
  }
}
