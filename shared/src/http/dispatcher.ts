import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici';
import {
  ADDRESS_ATTEMPT_TIMEOUT_MS,
  type ConnectionDependencies,
  type ConnectionSettings,
  TCP_KEEP_ALIVE_DELAY_MS,
} from './connection.ts';
import type { Redact } from '../log/known-secrets.ts';
import type { Trust } from './trust-bundle.ts';
import { Trusted } from './trusted.ts';

/** Where dispatchers come from, and what an answer is quoted with. */
export interface Dispatchers {
  /** For the next request: asked for every request, so that a renewed CA is followed. */
  current(): Dispatcher;
  /** A request over it was not answered: the connections that wait beside that one are not used again. Requests in flight go on. */
  abandon?(used: Dispatcher): void;
  /** As in `HttpAgents`. */
  readonly redact?: Redact | undefined;
}

/** undici dispatchers for one destination, replaced when its CA file changed. */
export class DispatcherSource implements Dispatchers {
  readonly #settings: ConnectionSettings;
  /**
   * The pools inside all dispatchers that were built. An undici `Agent` that is closing has already let go of its pools,
   * so destroying it ends nothing; the pools themselves can be destroyed at any time.
   */
  readonly #pools = new Set<Pool>();
  readonly #trusted: Trusted<Dispatcher>;

  /** Throws `CONFIG_INVALID` or `CONFIG_FILE_UNREADABLE` when proxy or certificates cannot be used. */
  constructor(settings: ConnectionSettings, dependencies: ConnectionDependencies) {
    this.#settings = settings;
    this.#trusted = new Trusted(settings, dependencies, {
      make: (trust, proxy) => this.#build(trust, proxy),
      // Closing fails only when `close` was faster.
      retire: (dispatcher) => void dispatcher.close().catch(() => undefined),
    });
  }

  /** As in `HttpAgents`. */
  get redact(): Redact | undefined {
    return this.#trusted.redact;
  }

  /** The dispatcher for the next request. Ask for every request, do not keep it. */
  current(): Dispatcher {
    return this.#trusted.current();
  }

  abandon(used: Dispatcher): void {
    this.#trusted.abandon(used);
  }

  /** Ends every connection; requests in flight fail. Abort them first to choose the reason they fail with. */
  async close(): Promise<void> {
    await Promise.all([this.#trusted.made, ...this.#pools].map((dispatcher) => dispatcher.destroy()));
    this.#pools.clear();
  }

  #build(trust: Trust, proxy: URL | undefined): Dispatcher {
    const {
      connectTimeoutMs,
      headersTimeoutMs,
      keepAliveMs,
      verifyServer = true,
      serverName,
      readAheadBytes,
    } = this.#settings;
    const connect = {
      timeout: connectTimeoutMs,
      // undici speaks HTTP/2 by default, with pings that have no deadline: a dead connection would go unnoticed.
      allowH2: false,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_DELAY_MS,
      autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_TIMEOUT_MS,
      ...(trust.secureContext === undefined ? {} : { secureContext: trust.secureContext }),
      ...(readAheadBytes === undefined ? {} : { highWaterMark: readAheadBytes }),
    };
    const target = {
      ...connect,
      rejectUnauthorized: verifyServer,
      ...(serverName === undefined ? {} : { servername: serverName }),
    };
    const common = {
      allowH2: false,
      headersTimeout: headersTimeoutMs,
      // A watch may be silent for minutes; whoever reads a stream has a watchdog of its own.
      bodyTimeout: 0,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      factory: (origin: string | URL, options: Pool.Options) => this.#createPool(origin, options),
    };
    if (proxy === undefined) return new Agent({ ...common, connect: target });
    return new ProxyAgent({
      ...common,
      uri: proxy.href,
      connectTimeout: connectTimeoutMs,
      requestTls: target,
      // Said, because the default is NODE_TLS_REJECT_UNAUTHORIZED's: a proxy that nobody knows would get the proxy's password.
      proxyTls: { ...connect, rejectUnauthorized: true },
      // Without a limit of its own a proxy that never answers CONNECT would hold a request for undici's 300 seconds.
      clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectTimeoutMs }),
    });
  }

  #createPool(origin: string | URL, options: Pool.Options): Pool {
    for (const pool of this.#pools) if (pool.destroyed) this.#pools.delete(pool);
    const pool = new Pool(origin, options);
    this.#pools.add(pool);
    return pool;
  }
}
