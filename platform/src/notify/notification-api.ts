/** The calls that the page makes of an endpoint: `POST /endpoints/{id}/test`, and `…/reopen` for one that has ended. */
import type { IncomingMessage } from 'node:http';
import { type Answer, json } from '../answer/answer.ts';
import { Refusal } from '../answer/refusal.ts';
import { refuseForeignPage } from '../front/refuse-foreign.ts';
import { type DeliveryOutcome, describeOutcome } from './delivery-outcome.ts';
import type { Notifier } from './notifier.ts';

const CALL = /^\/endpoints\/([^/]+)\/(test|reopen)$/;

/** Answers them. */
export class NotificationApi {
  readonly #notifier: Pick<Notifier, 'test' | 'reopen'>;

  constructor(notifier: Pick<Notifier, 'test' | 'reopen'>) {
    this.#notifier = notifier;
  }

  /** The answer; `undefined`: the request is for none of them. Throws `Refusal`: they have no key, so no page of elsewhere may make them. */
  async answer(request: IncomingMessage, url: URL): Promise<Answer | undefined> {
    const [, id = '', call] = CALL.exec(url.pathname) ?? [];
    if (call === undefined) return undefined;
    refuseForeignPage(request);
    if (request.method !== 'POST') throw new Refusal(405, 'METHOD_NOT_ALLOWED', { message: 'this call is a POST' });
    if (call === 'reopen') {
      if (!(await this.#notifier.reopen(id))) throw unknownEndpoint(id);
      return json(200, {});
    }
    const outcome = await this.#test(request, id);
    if (outcome === undefined) throw unknownEndpoint(id);
    return json(200, { delivered: outcome.is === 'delivered', result: describeOutcome(outcome) });
  }

  /** Until whoever asked is gone: the end of the platform must not wait for a receiver that does not answer. */
  async #test({ socket }: IncomingMessage, id: string): Promise<DeliveryOutcome | undefined> {
    const gone = new AbortController();
    const onClose = (): void => gone.abort(new Error('whoever asked for the test is gone'));
    socket.once('close', onClose);
    try {
      return await this.#notifier.test(id, gone.signal);
    } finally {
      socket.off('close', onClose);
    }
  }
}

function unknownEndpoint(id: string): Refusal {
  return new Refusal(404, 'NOT_FOUND', { message: `no endpoint is called ${id}` });
}
