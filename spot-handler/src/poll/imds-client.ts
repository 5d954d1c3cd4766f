import type { Clock } from '@castai/shared/async/clock.ts';
import { withDeadline } from '@castai/shared/async/deadline.ts';
import { exchange } from '@castai/shared/http/exchange.ts';
import type { AgentSource } from '@castai/shared/http/http-agents.ts';
import { toNetworkFailure } from '@castai/shared/http/network-error.ts';

/** What the client is made of. */
export interface ImdsClientOptions {
  /** Address of the metadata service. */
  readonly baseUrl: URL;
  /** Agents that use no proxy whatever the environment says: what answers in a proxy's place is another machine's service. */
  readonly agents: AgentSource;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** One request to a metadata service. */
export interface ImdsRequest {
  readonly method?: 'GET' | 'PUT' | 'POST';
  /** Path with query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
  /** For the whole attempt; 2 s unless told. */
  readonly timeoutMs?: number;
}

/** What came of a request: an answer of any status, or why there was none. */
export type ImdsAnswer =
  | {
      readonly isAnswered: true;
      readonly status: number;
      /** Names in lower case. */
      readonly headers: ReadonlyMap<string, string>;
      readonly text: string;
    }
  | { readonly isAnswered: false; readonly isTimeout: boolean; readonly detail: string };

/** The existing handlers found 1 s too short on Azure; a service that hangs does so for much longer than 2 s. */
const TIMEOUT_MS = 2000;
/** The longest list of events is a few kilobytes. */
const MAX_BODY_BYTES = 256 * 1024;

/**
 * Single requests to the machine's metadata service, on connections that are kept. One attempt each; an abort throws the
 * signal's reason, nothing else is thrown. What a status means is decided by `classify-imds.ts`.
 */
export class ImdsClient {
  readonly #options: ImdsClientOptions;

  constructor(options: ImdsClientOptions) {
    this.#options = options;
  }

  /** Makes one attempt. */
  async send(request: ImdsRequest, signal: AbortSignal): Promise<ImdsAnswer> {
    const { timeoutMs = TIMEOUT_MS } = request;
    let isTimeout = false;
    const overdue = (): Error => {
      isTimeout = true;
      return new Error('overdue');
    };
    const deadline = { ms: timeoutMs, clock: this.#options.clock, overdue };
    try {
      return await withDeadline(deadline, (limited) => this.#exchange(request, limited), signal);
    } catch (error) {
      signal.throwIfAborted();
      const detail = isTimeout
        ? `no complete answer within ${timeoutMs / 1000} s`
        : toNetworkFailure(error, this.#options.agents.redact).detail;
      return { isAnswered: false, isTimeout, detail };
    }
  }

  async #exchange({ method = 'GET', path, headers, body }: ImdsRequest, signal: AbortSignal): Promise<ImdsAnswer> {
    const { baseUrl, agents } = this.#options;
    const { status, bytes, truncated, ...answer } = await exchange(
      {
        agents,
        method,
        url: `${baseUrl.origin}${path}`,
        headers: { 'user-agent': 'castai-spot-handler', ...headers },
        ...(body === undefined ? {} : { body }),
      },
      { successBytes: MAX_BODY_BYTES, errorBytes: MAX_BODY_BYTES },
      signal,
    );
    if (truncated)
      return { isAnswered: false, isTimeout: false, detail: `a body of more than ${MAX_BODY_BYTES} bytes` };
    return { isAnswered: true, status, headers: answer.headers, text: Buffer.from(bytes).toString('utf8') };
  }
}
