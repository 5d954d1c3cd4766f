/**
 * The calls that the page makes of endpoints: `POST /endpoints/{id}/test`, and `…/reopen` for one that has ended. If they may be changed here,
 * also `POST /endpoints`, `PUT` and `DELETE /endpoints/{id}`, and `POST /endpoints/{id}/disable`.
 */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '@castai/shared/async/clock.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import { type Answer, json } from '../answer/answer.ts';
import { forbidden, invalid, Refusal } from '../answer/refusal.ts';
import { pageDocument } from '../front/page-document.ts';
import { refuseForeignPage } from '../front/refuse-foreign.ts';
import { type DeliveryOutcome, describeOutcome } from './delivery-outcome.ts';
import type { EndpointBook } from './endpoint-book.ts';
import type { Notifier } from './notifier.ts';
import { TestLimit } from './test-limit.ts';

/** What it needs. */
export interface NotificationApiOptions {
  readonly notifier: Pick<Notifier, 'has' | 'test' | 'reopen' | 'disable'> & { readonly book: Book };
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Whether endpoints may be made and changed here, by whoever reaches the page. */
  readonly mayChange: boolean;
}

type Book = Pick<EndpointBook, 'make' | 'change' | 'remove'>;

const PATH = /^\/endpoints(?:\/([^/]+)(?:\/(test|reopen|disable))?)?$/;

/** Answers them. */
export class NotificationApi {
  readonly #options: NotificationApiOptions;
  readonly #limit: TestLimit;

  constructor(options: NotificationApiOptions) {
    this.#options = options;
    this.#limit = new TestLimit(options.clock);
  }

  /** The answer; `undefined`: the request is for none of them. Throws `Refusal`: they have no key, so no page of elsewhere may make them. */
  async answer(request: IncomingMessage, url: URL): Promise<Answer | undefined> {
    const path = PATH.exec(url.pathname);
    if (path === null) return undefined;
    refuseForeignPage(request);
    const [, id, call] = path;
    switch (`${request.method} ${id === undefined ? 'all' : (call ?? 'one')}`) {
      case 'POST test': {
        const outcome = await this.#test(request, id ?? '');
        if (outcome === undefined) throw unknownEndpoint(id);
        return json(200, { delivered: outcome.is === 'delivered', result: describeOutcome(outcome) });
      }
      case 'POST reopen':
        return done(id, await this.#options.notifier.reopen(id ?? ''));
      case 'POST disable':
        this.#refuseChange();
        return done(id, await this.#options.notifier.disable(id ?? ''));
      case 'POST all': {
        const book = this.#refuseChange();
        const document = await pageDocument(request, 'an endpoint');
        return json(201, { id: await judged(book.make(document)) });
      }
      case 'PUT one': {
        const book = this.#refuseChange();
        const document = await pageDocument(request, 'an endpoint');
        return done(id, await judged(book.change(id ?? '', document)));
      }
      case 'DELETE one':
        return done(id, await this.#refuseChange().remove(id ?? ''));
      default:
        throw new Refusal(405, 'METHOD_NOT_ALLOWED', { message: `${request.method} is no call of ${url.pathname}` });
    }
  }

  /** Throws `Refusal` 429 for more than the limit. */
  async #test(request: IncomingMessage, id: string): Promise<DeliveryOutcome | undefined> {
    // Of names that there are: nobody fills the memory with others.
    if (!this.#options.notifier.has(id)) return undefined;
    const waitMs = this.#limit.begin(id);
    if (waitMs > 0) {
      const retryAfterSeconds = Math.ceil(waitMs / 1000);
      const message = `a test of ${id} is on its way, or there were many: the next one may be sent in ${retryAfterSeconds} s`;
      throw new Refusal(429, 'TOO_MANY_TESTS', { message, retryAfterSeconds });
    }
    try {
      return await this.#testWhileAsked(request, id);
    } finally {
      this.#limit.end(id);
    }
  }

  /** Until whoever asked is gone: the end of the platform must not wait for a receiver that does not answer. */
  async #testWhileAsked({ socket }: IncomingMessage, id: string): Promise<DeliveryOutcome | undefined> {
    const gone = new AbortController();
    const onClose = (): void => gone.abort(new Error('whoever asked for the test is gone'));
    socket.once('close', onClose);
    try {
      return await this.#options.notifier.test(id, gone.signal);
    } finally {
      socket.off('close', onClose);
    }
  }

  /** What may be changed, if it may. */
  #refuseChange(): Book {
    const { notifier, mayChange } = this.#options;
    if (!mayChange)
      throw forbidden('endpoints are not changed here: ALLOW_ENDPOINTS=true lets whoever sees the page do so');
    return notifier.book;
  }
}

async function judged<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CastaiError && error.code === 'CONFIG_INVALID') throw invalid(error.message);
    throw error;
  }
}

function done(id: string | undefined, isThere: boolean): Answer {
  if (!isThere) throw unknownEndpoint(id);
  return json(200, {});
}

function unknownEndpoint(id = ''): Refusal {
  return new Refusal(404, 'NOT_FOUND', { message: `no endpoint is called ${id} here` });
}
