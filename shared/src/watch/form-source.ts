import { KubeError } from '../kube/kube-error.ts';
import type { KubeItem } from '../kube/kube-item.ts';
import type { ListRequest, WatchRequest } from '../kube/kube-stream.ts';
import type { ListPage } from '../kube/list-page.ts';
import type { OnUnreadable } from '../kube/json/unreadable-object.ts';
import type { WatchEvent } from '../kube/watch-events.ts';
import type { FeedSource } from './feed-source.ts';
import type { FormGivenUp } from './form-given-up.ts';
import { type FormInput, type FormState, stepForm, TRUSTED } from './form-state.ts';

/**
 * Reads each collection in protobuf as long as that comes through, and in JSON otherwise: a proxy, a firewall or a mesh between us and the API server may
 * refuse, cut or change what it does not know. A refusal is asked about once more, as JSON, at once: only where that is answered it was the form.
 */
export class FormSource implements FeedSource {
  readonly #source: FeedSource;
  readonly #onGivenUp: (given: FormGivenUp) => void;
  /** By path: as many as there are feeds. */
  readonly #forms = new Map<string, FormState>();

  /** `onGivenUp` is told of each collection once. */
  constructor(source: FeedSource, onGivenUp: (given: FormGivenUp) => void) {
    this.#source = source;
    this.#onGivenUp = onGivenUp;
  }

  async listPage(request: ListRequest, signal: AbortSignal): Promise<ListPage> {
    if (!this.#isAsked(request)) return this.#source.listPage(asJson(request), signal);
    const { path } = request;
    let page: ListPage;
    try {
      page = await this.#source.listPage(this.#listening(request), signal);
    } catch (error) {
      if (!mayBeTheForm(error)) throw error;
      const other = await this.#source.listPage(asJson(request), signal);
      this.#note(path, 'refused');
      return other;
    }
    return new WatchedPage(page, (input) => this.#note(path, input));
  }

  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]> {
    return this.#isAsked(request) ? this.#watchInEither(request, signal) : this.#source.watch(asJson(request), signal);
  }

  /** What came of a collection in protobuf could not be used: from now on it is read as JSON. */
  distrust(path: string): void {
    this.#note(path, 'unreadable');
  }

  async *#watchInEither(request: WatchRequest, signal: AbortSignal): AsyncGenerator<readonly WatchEvent[], void, void> {
    const { path } = request;
    let hasSpoken = false;
    try {
      for await (const events of this.#source.watch(this.#listening(request), signal)) {
        hasSpoken = true;
        yield events;
      }
      this.#note(path, 'well');
      return;
    } catch (error) {
      // One that broke because of an object is begun again by who was told of that.
      const isRefused = !hasSpoken && this.#isAsked(request) && mayBeTheForm(error);
      if (!isRefused) {
        if (isBroken(error)) this.#note(path, 'broken');
        throw error;
      }
    }
    for await (const events of this.#source.watch(asJson(request), signal)) {
      // Something came, so it was the form; from the second on it is known.
      this.#note(path, 'refused');
      yield events;
    }
    this.#note(path, 'refused');
  }

  #isAsked({ path, reader }: Pick<ListRequest, 'path' | 'reader'>): boolean {
    return reader !== undefined && this.#forms.get(path)?.is !== 'givenUp';
  }

  /** Before whoever asks is told of an object, which may throw: it is read again then, and not in the same form. */
  #listening<Request extends ListRequest | WatchRequest>(request: Request): Request {
    const { path, onUnreadable } = request;
    if (onUnreadable === undefined) return request;
    const listening: OnUnreadable = (object) => {
      // One that is too large in protobuf is larger in JSON.
      if (object.reason !== 'TOO_LARGE') this.distrust(path);
      onUnreadable(object);
    };
    return { ...request, onUnreadable: listening };
  }

  #note(path: string, input: FormInput): void {
    const before = this.#forms.get(path) ?? TRUSTED;
    const now = stepForm(before, input);
    this.#forms.set(path, now);
    if (now.is === 'givenUp' && before.is === 'trusted') this.#onGivenUp({ path, why: now.why });
  }
}

/** A page that tells how it ended. */
class WatchedPage implements ListPage {
  readonly items: AsyncGenerator<readonly KubeItem[], void, void>;
  readonly #page: ListPage;

  constructor(page: ListPage, onEnd: (input: FormInput) => void) {
    this.#page = page;
    this.items = iterate(page, onEnd);
  }

  get metadata(): ListPage['metadata'] {
    return this.#page.metadata;
  }

  end(): ReturnType<ListPage['end']> {
    return this.#page.end();
  }
}

async function* iterate(
  page: ListPage,
  onEnd: (input: FormInput) => void,
): AsyncGenerator<readonly KubeItem[], void, void> {
  try {
    yield* page.items;
  } catch (error) {
    if (isBroken(error)) onEnd('broken');
    else if (error instanceof KubeError && CUT.has(error.code)) onEnd('cut');
    throw error;
  }
  onEnd('well');
}

const CUT: ReadonlySet<string> = new Set(['KUBE_UNREACHABLE', 'KUBE_WATCHDOG']);
const BROKEN: ReadonlySet<string> = new Set(['KUBE_STREAM_BROKEN', 'KUBE_FRAME_TOO_LARGE']);

function isBroken(error: unknown): boolean {
  return error instanceof KubeError && BROKEN.has(error.code);
}

/**
 * Whether it may be the form that was refused, rather than the question: 406 and other answers about our request, something else than asked for,
 * and what somebody says in the API server's place (403 without a Status, a redirection). Not 5xx: those are told in bad times, to everybody.
 */
function mayBeTheForm(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  const { code, status = 500 } = error;
  if (code === 'KUBE_SERVER_ERROR') return status < 500;
  return code === 'KUBE_NOT_ACCEPTABLE' || code === 'KUBE_BAD_REQUEST' || isBroken(error);
}

function asJson<Request extends ListRequest | WatchRequest>(request: Request): Request {
  return { ...request, reader: undefined };
}
