import type { RequestInfo } from './request-info.ts';

/** One request as it came in. */
export interface LoggedRequest {
  /** Wall clock in milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly verb: string;
  readonly group: string | undefined;
  readonly resource: string | undefined;
  readonly namespace: string | undefined;
  readonly userAgent: string | undefined;
  /** In what it wants the answer; empty: it does not say. */
  readonly accept: string;
}

/** What to count. Every named field must be equal; `pageOf` below tells lists from their further pages. */
export interface RequestFilter {
  readonly verb?: string;
  readonly resource?: string;
  readonly path?: string;
  /** True: only requests with a continue token; false: only those without. */
  readonly hasContinue?: boolean;
}

const MAX_ENTRIES = 200_000;

/** Every request since the start, or since it was cleared; the oldest are lost beyond 200,000. */
export class RequestLog {
  #entries: LoggedRequest[] = [];

  /** Takes a request. */
  add(
    { method, path, query, verb, target }: RequestInfo,
    more: Pick<LoggedRequest, 'at' | 'userAgent' | 'accept'>,
  ): void {
    if (this.#entries.length >= MAX_ENTRIES) this.#entries = this.#entries.slice(MAX_ENTRIES / 2);
    const { group, resource, namespace } = target ?? {};
    this.#entries.push({ method, path, query: Object.fromEntries(query), verb, group, resource, namespace, ...more });
  }

  /** The requests that pass the filter, oldest first. */
  entries(filter: RequestFilter = {}): readonly LoggedRequest[] {
    const { verb, resource, path, hasContinue } = filter;
    return this.#entries.filter(
      (entry) =>
        (verb === undefined || entry.verb === verb) &&
        (resource === undefined || entry.resource === resource) &&
        (path === undefined || entry.path === path) &&
        (hasContinue === undefined || ((entry.query['continue'] ?? '') !== '') === hasContinue),
    );
  }

  /** How many requests pass the filter. */
  count(filter: RequestFilter = {}): number {
    return this.entries(filter).length;
  }

  /** Forgets them all. */
  clear(): void {
    this.#entries = [];
  }
}
