import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici';
import { ADDRESS_ATTEMPT_TIMEOUT_MS, type ConnectionSettings, TCP_KEEP_ALIVE_DELAY_MS } from './connection.ts';
import { proxyFor } from './proxy.ts';
import { type Trust, TrustBundle, type TrustDependencies } from './trust-bundle.ts';

/** undici dispatchers for one destination, replaced when its CA file changed. */
export class DispatcherSource {
  readonly #settings: ConnectionSettings;
  readonly #bundle: TrustBundle;
  readonly #proxy: URL | undefined;
  /** Replaced ones whose last requests still run. */
  readonly #retired = new Set<Dispatcher>();
  #builtFrom: number;
  #dispatcher: Dispatcher;

  /** Throws `CONFIG_INVALID` or `CONFIG_FILE_UNREADABLE` when proxy or certificates cannot be used. */
  constructor(settings: ConnectionSettings, dependencies: TrustDependencies) {
    this.#settings = settings;
    this.#proxy = proxyFor(settings);
    this.#bundle = new TrustBundle(settings, dependencies);
    const trust = this.#bundle.current();
    this.#builtFrom = trust.version;
    this.#dispatcher = this.#build(trust);
  }

  /** The dispatcher for the next request. Ask for every request, do not keep it. */
  current(): Dispatcher {
    const trust = this.#bundle.current();
    if (trust.version !== this.#builtFrom) {
      this.#retire(this.#dispatcher);
      this.#builtFrom = trust.version;
      this.#dispatcher = this.#build(trust);
    }
    return this.#dispatcher;
  }

  /** Ends every connection; requests in flight fail. Abort them first to choose the reason they fail with. */
  async close(): Promise<void> {
    await Promise.all([this.#dispatcher, ...this.#retired].map((dispatcher) => dispatcher.destroy()));
  }

  #build(trust: Trust): Dispatcher {
    const { connectTimeoutMs, headersTimeoutMs, keepAliveMs, verifyServer = true, serverName } = this.#settings;
    const connect = {
      timeout: connectTimeoutMs,
      // undici speaks HTTP/2 by default, with pings that have no deadline: a dead connection would go unnoticed.
      allowH2: false,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_DELAY_MS,
      autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_TIMEOUT_MS,
      ...(trust.secureContext === undefined ? {} : { secureContext: trust.secureContext }),
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
    };
    if (this.#proxy === undefined) return new Agent({ ...common, connect: target });
    return new ProxyAgent({
      ...common,
      uri: this.#proxy.href,
      connectTimeout: connectTimeoutMs,
      requestTls: target,
      proxyTls: connect,
      // Without a limit of its own a proxy that never answers CONNECT would hold a request for undici's 300 seconds.
      clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectTimeoutMs }),
    });
  }

  /** Requests in flight finish on the old one; it is forgotten when the last is done. */
  #retire(dispatcher: Dispatcher): void {
    this.#retired.add(dispatcher);
    const forget = (): void => void this.#retired.delete(dispatcher);
    // Closing fails only if it is closed already, by `close`.
    dispatcher.close().then(forget, forget);
  }
}
