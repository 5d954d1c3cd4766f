/** The endpoints that are made on the page: kept in the store, and sent to as those of the file are. */
import { CastaiError } from '@castai/shared/errors.ts';
import type { NotifyStore } from '../store/notify-store.ts';
import type { EndpointSenders } from './endpoint-senders.ts';
import { changedEndpoint, type EndpointDocument, parsePageEndpoint } from './page-endpoint.ts';
import type { PageRules } from './page-rules.ts';

/** What it needs. */
export interface EndpointBookOptions {
  readonly store: NotifyStore;
  readonly senders: EndpointSenders;
  readonly rules: PageRules;
  /** Told of what is stored and cannot be used any more. */
  readonly onError: (error: unknown) => void;
}

/** Each has a queue, and is looked through for every message. */
export const MOST_OF_PAGE = 50;

/** Makes, changes and removes them. One call after the other. */
export class EndpointBook {
  readonly #options: EndpointBookOptions;
  readonly #documents = new Map<string, EndpointDocument>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: EndpointBookOptions) {
    this.#options = options;
  }

  /** Begins with what is stored. One whose name an endpoint of the file has taken meanwhile rests. */
  async load(): Promise<void> {
    const { store, senders, rules, onError } = this.#options;
    for (const { id, document } of await store.pageEndpoints()) {
      try {
        if (senders.get(id) !== undefined) throw new Error('NOTIFY_FILE has one of this name');
        await senders.put(parsePageEndpoint(document, rules));
        this.#documents.set(id, document);
      } catch (cause) {
        onError(new Error(`the endpoint ${id}, which was made on the page, cannot be used`, { cause }));
      }
    }
  }

  /** Whether one of this name was made here. */
  has(id: string): boolean {
    return this.#documents.has(id);
  }

  /** Makes one; its name. Throws `CONFIG_INVALID`. */
  async make(document: EndpointDocument): Promise<string> {
    return this.#inTurn(async () => {
      const { senders, rules } = this.#options;
      const endpoint = parsePageEndpoint(document, rules);
      if (senders.get(endpoint.id) !== undefined) throw refused(`there is an endpoint ${endpoint.id} already`);
      if (this.#documents.size >= MOST_OF_PAGE) throw refused(`there are ${MOST_OF_PAGE} already`);
      await this.#keep(endpoint.id, document);
      return endpoint.id;
    });
  }

  /** Changes one; false: there is none of this name here. Throws `CONFIG_INVALID`. */
  async change(id: string, change: EndpointDocument): Promise<boolean> {
    return this.#inTurn(async () => {
      const before = this.#documents.get(id);
      if (before === undefined) return false;
      await this.#keep(id, changedEndpoint(before, { ...change, id }));
      return true;
    });
  }

  /** Removes one with everything that waits for it; false: there is none of this name here. */
  async remove(id: string): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!this.#documents.has(id)) return false;
      const { store, senders } = this.#options;
      // First nothing is sent any more: what was on its way would be recorded of an endpoint that is gone.
      await senders.remove(id);
      await store.removePageEndpoint(id);
      this.#documents.delete(id);
      return true;
    });
  }

  async #keep(id: string, document: EndpointDocument): Promise<void> {
    const { store, senders, rules } = this.#options;
    const endpoint = parsePageEndpoint(document, rules);
    await store.keepPageEndpoint(id, document);
    this.#documents.set(id, document);
    await senders.put(endpoint);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

function refused(message: string): CastaiError {
  return new CastaiError('CONFIG_INVALID', message, { hint: 'take another name, or remove one' });
}
