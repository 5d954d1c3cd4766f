/**
 * A front that misbehaves: stands before a platform's own and does to a request what the faults in force ask for. The platform
 * knows nothing of it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, json } from '@castai/platform/answer/answer.ts';
import { Refusal, unsupportedEncoding } from '@castai/platform/answer/refusal.ts';
import { type BodySource, bodySource, contentEncoding, readRequestBody } from '@castai/platform/front/request-body.ts';
import type { AgentRoute } from '@castai/platform/front/route.ts';
import type { Platform } from '@castai/platform/platform.ts';
import type { Batch } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { decodeBatch } from '@castai/shared/wire/ingest/ingest-wire.ts';
import { changedAck, changedOpen } from './changed-answer.ts';
import type { FaultBook } from './fault-book.ts';
import type { FaultAction } from './fault-rules.ts';
import { FaultsMet } from './faults-met.ts';
import { resetSocket } from '@castai/shared/testing/reset-socket.ts';

/** One request of an agent. */
export interface FaultyRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: AgentRoute;
}

/** What is larger is not looked through for poison. */
const MAX_LOOKED_AT_BYTES = 256 * 1024 * 1024;

/** Answers agents, or does not. */
export class FaultyFront {
  readonly #platform: Platform;
  readonly #faults: FaultBook;
  readonly #closed = new AbortController();

  constructor(platform: Platform, faults: FaultBook) {
    this.#platform = platform;
    this.#faults = faults;
  }

  /** Answers one request. Never rejects. */
  async handle({ request, response, route }: FaultyRequest): Promise<void> {
    const { front } = this.#platform;
    const faults = new FaultsMet(this.#faults.take(route.call, route.cluster));
    if (faults.none) return front.handle(request, response);
    return front.respond(request, response, async () => {
      try {
        return await this.#misbehave({ request, response, route }, faults);
      } catch (error) {
        if (error instanceof CutAway) return cut(request);
        throw error;
      }
    });
  }

  /** Ends every wait: nobody is there any more. */
  close(): void {
    this.#closed.abort();
  }

  /** `undefined`: the connection was cut. Throws `Refusal`. */
  async #misbehave({ request, response, route }: FaultyRequest, faults: FaultsMet): Promise<Answer | undefined> {
    if (faults.first('drop')) return cut(request);
    const delay = faults.first('delay');
    if (delay) await sleep(delay.ms, undefined, { signal: this.#closed.signal });
    const source = await this.#source(request, faults);
    const instead = insteadOfAnswer(faults.actions, request);
    if (instead) {
      await drain(source);
      return instead;
    }
    const { agentApi } = this.#platform;
    const maxBytes = Math.min(...faults.all('limit').map(({ bytes }) => bytes));
    const whole = faults.first('wrongWanted') === undefined ? source : await keep(source);
    const readable = route.call === 'batch' ? await this.#refusePoison(whole, route, faults) : whole;
    const answer = await agentApi.answer({ route, method: request.method ?? '', source: readable, maxBytes });
    if (faults.first('loseAnswer')) return cut(request);
    const close = faults.first('closeIdle');
    if (close) response.once('finish', () => setTimeout(() => request.socket.destroy(), close.ms).unref());
    if (route.call === 'open') return changedOpen(answer, faults);
    // What is read here was read by the platform, too: it is kept where a fault asks for it.
    if (route.call === 'batch')
      return changedAck(answer, faults, async () => (await tryDecode(readable))?.entries ?? []);
    return answer;
  }

  /** The body as it is going to be read. */
  async #source(request: IncomingMessage, faults: FaultsMet): Promise<BodySource> {
    const slow = faults.first('slowRead');
    const cutAt = faults.first('cutAt');
    const whole = slow ? this.#slowed(request, slow.bytesPerSecond) : bodySource(request);
    const source = cutAt ? cutAway(whole, cutAt.bytes) : whole;
    const encoding = contentEncoding(request);
    if (faults.all('refuseEncoding').every((refused) => refused.encoding !== encoding)) return source;
    await drain(source);
    throw unsupportedEncoding(encoding);
  }

  #slowed(request: IncomingMessage, bytesPerSecond: number): BodySource {
    const { signal } = this.#closed;
    return {
      headers: request.headers,
      async *[Symbol.asyncIterator]() {
        for await (const chunk of bodySource(request)) {
          yield chunk;
          await sleep((chunk.length / bytesPerSecond) * 1000, undefined, { signal });
        }
      },
    };
  }

  /** The body, to be read again. Throws the `Refusal` of a whole batch that holds an object which cannot be taken. */
  async #refusePoison(source: BodySource, route: AgentRoute, faults: FaultsMet): Promise<BodySource> {
    const names = faults.all('poison').flatMap(({ name, as }) => (as === 'batch' ? [name] : []));
    if (names.length === 0) return source;
    // As the platform does it: who has no key learns nothing of what is wrong with the batch.
    this.#platform.apiKeys.authorize(source.headers, route);
    const kept = await keep(source);
    const entries = (await tryDecode(kept))?.entries ?? [];
    if (!entries.some((entry) => entry.type === 'upsert' && names.includes(entry.name))) return kept;
    this.#faults.note('poison');
    throw new Refusal(400, 'INVALID_BATCH', { message: 'an entry of this batch cannot be taken' });
  }
}

/** The body was read as far as the fault `cutAt` lets it. */
class CutAway extends Error {}

/** A body that ends with a throw after so many bytes, or where it ends. */
function cutAway(source: BodySource, bytes: number): BodySource {
  return {
    headers: source.headers,
    async *[Symbol.asyncIterator]() {
      let left = bytes;
      for await (const chunk of source) {
        yield chunk.subarray(0, left);
        left -= chunk.length;
        if (left <= 0) break;
      }
      throw new CutAway('the connection is cut');
    },
  };
}

/** Before the body was read this is a reset, afterwards an end without an answer: agents meet both. */
function cut(request: IncomingMessage): undefined {
  if (request.complete) request.socket.destroy();
  else resetSocket(request.socket);
  return undefined;
}

function insteadOfAnswer(actions: readonly FaultAction[], request: IncomingMessage): Answer | undefined {
  for (const action of actions) {
    if (action.type === 'status') {
      const message = 'a fault was asked for';
      const answer = json(action.status, { code: action.code ?? 'FAULT', message });
      const headers = action.retryAfter === undefined ? {} : { 'retry-after': action.retryAfter };
      return { ...answer, headers: { ...answer.headers, ...headers } };
    }
    if (action.type === 'notAck') {
      const body = action.body ?? '<!doctype html><title>Sign in</title><p>Sign in to use this network.';
      return { status: 200, headers: { 'content-type': 'text/html' }, body };
    }
    if (action.type === 'redirect') {
      const location = action.location ?? `http://${request.headers.host ?? 'localhost'}/elsewhere${request.url ?? ''}`;
      return { status: 307, headers: { location }, body: '' };
    }
  }
  return undefined;
}

async function drain(source: BodySource): Promise<void> {
  for await (const _ of source) continue;
}

/** A body that can be read more than once. */
async function keep(source: BodySource): Promise<BodySource> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return {
    headers: source.headers,
    async *[Symbol.asyncIterator]() {
      yield* chunks;
    },
  };
}

/** `undefined`: the platform will say what is wrong with it. */
async function tryDecode(source: BodySource): Promise<Batch | undefined> {
  try {
    return decodeBatch((await readRequestBody(source, MAX_LOOKED_AT_BYTES)).bytes);
  } catch {
    return undefined;
  }
}
