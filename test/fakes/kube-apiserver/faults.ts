import type { RequestInfo } from './request-info.ts';

/** Which requests a fault befalls. Every named field must fit. */
interface FaultMatch {
  /** As RBAC names it: list, watch, get, create… For other paths the lower-case method. */
  readonly verb?: string;
  /** Plural name, as `pods`. */
  readonly resource?: string;
  readonly group?: string;
  /** Start of the path. */
  readonly path?: string;
  /** True: only further pages of a list; false: only first pages. */
  readonly hasContinue?: boolean;
  /** What is asked for in the `Accept` header, such as `protobuf`. */
  readonly accept?: string;
  /** Lets so many fitting requests pass first; 0 unless told. */
  readonly skip?: number;
  /** Befalls so many requests and then no more; all unless told. */
  readonly times?: number;
}

/** How an answer is broken off. `eof` is a proper end of the body, `fin` a closed connection, `rst` an aborted one. */
type CutHow = 'eof' | 'fin' | 'rst';

/** What happens to a request. Everything is plain JSON, so that a plan can be stored and sent to another process. */
export type FaultAction =
  /** Another answer instead of the real one. An object as body is sent as JSON, a string as it is. */
  | {
      readonly type: 'respond';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: unknown;
    }
  /** The real answer, later. */
  | { readonly type: 'delay'; readonly ms: number }
  /** No answer at all; the connection stays open. */
  | { readonly type: 'hang' }
  /** The connection is aborted before the answer. */
  | { readonly type: 'reset' }
  /** The real answer breaks off after so many bytes of its body, possibly in the middle of a frame. */
  | { readonly type: 'cut'; readonly afterBytes: number; readonly how: CutHow }
  /** Nothing more comes after so many bytes of the body, not even the end; the connection stays open. */
  | { readonly type: 'silence'; readonly afterBytes: number }
  /** Foreign bytes between two frames: an ERROR event, an unknown type, garbage. An object is sent as a JSON line. */
  | { readonly type: 'inject'; readonly afterFrames: number; readonly data: unknown; readonly thenEnd?: boolean }
  /** A well-formed event of this size between two frames. */
  | { readonly type: 'oversizedLine'; readonly afterFrames: number; readonly bytes: number }
  /** Every frame comes twice. */
  | { readonly type: 'duplicate' }
  /** Somebody on the way takes every frame for text: what is none becomes U+FFFD, and is as many bytes more. */
  | { readonly type: 'asText' }
  /** Bookmarks are lost: all, only those of the minute, or only the one that ends the initial events. */
  | { readonly type: 'dropBookmarks'; readonly which?: 'all' | 'periodic' | 'marker' }
  /** The body comes in pieces of so many bytes. */
  | { readonly type: 'drip'; readonly bytes: number; readonly everyMs: number }
  /**
   * A list whose metadata is not what it should be; null removes the field. `items: false` sends none of the items,
   * `ignoreLimit` all of them at once.
   */
  | {
      readonly type: 'list';
      readonly resourceVersion?: string | null;
      readonly continueToken?: string | null;
      readonly items?: false;
      readonly ignoreLimit?: true;
    };

/** One line of a fault plan. */
export interface Fault {
  readonly match: FaultMatch;
  readonly action: FaultAction;
}

interface Armed {
  readonly fault: Fault;
  seen: number;
}

/** The faults that are armed. The first one that fits a request befalls it. */
export class FaultPlan {
  #armed: Armed[] = [];

  /** Arms faults behind those that are armed already. Returns a function that disarms these again. */
  add(...faults: readonly Fault[]): () => void {
    const added = faults.map((fault) => ({ fault, seen: 0 }));
    this.#armed.push(...added);
    return () => {
      this.#armed = this.#armed.filter((armed) => !added.includes(armed));
    };
  }

  /** Disarms all. */
  clear(): void {
    this.#armed = [];
  }

  /** How many requests each armed fault has befallen. */
  struck(): { readonly fault: Fault; readonly times: number }[] {
    return this.#armed.map(({ fault, seen }) => ({
      fault,
      times: Math.min(Math.max(0, seen - (fault.match.skip ?? 0)), fault.match.times ?? Infinity),
    }));
  }

  /** What befalls this request, which asks for what `accept` says; counts it. */
  take(request: RequestInfo, accept = ''): FaultAction | undefined {
    for (const armed of this.#armed) {
      const { match, action } = armed.fault;
      if (!fits(match, request) || !accept.includes(match.accept ?? '')) continue;
      armed.seen += 1;
      const nth = armed.seen - (match.skip ?? 0);
      if (nth >= 1 && nth <= (match.times ?? Infinity)) return action;
    }
    return undefined;
  }
}

function fits(match: FaultMatch, { verb, path, target, query }: RequestInfo): boolean {
  if (match.verb !== undefined && match.verb !== verb) return false;
  if (match.resource !== undefined && match.resource !== target?.resource) return false;
  if (match.group !== undefined && match.group !== target?.group) return false;
  if (match.path !== undefined && !path.startsWith(match.path)) return false;
  return match.hasContinue === undefined || match.hasContinue === ((query.get('continue') ?? '') !== '');
}
