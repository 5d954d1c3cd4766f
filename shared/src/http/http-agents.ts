import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  ADDRESS_ATTEMPT_TIMEOUT_MS,
  type ConnectionDependencies,
  type ConnectionSettings,
  TCP_KEEP_ALIVE_DELAY_MS,
} from './connection.ts';
import type { Redact } from '../log/known-secrets.ts';
import type { Trust } from './trust-bundle.ts';
import { Trusted } from './trusted.ts';

/** What a request needs to reach one destination; see `exchange.ts`. */
export interface AgentPair {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
  /**
   * False for a direct connection: the client library must not read the proxy variables of the process itself, with rules of its own.
   * Absent when the agents use a proxy: it sees that and leaves the way to them, whereas `false` would take it away.
   */
  readonly proxy?: false;
}

/** Where agents come from, and what an answer is quoted with. */
export interface AgentSource {
  /** For the next request: asked for every request, so that a renewed CA is followed. */
  current(): AgentPair;
  /** A request over it was not answered: the connections that wait beside that one are not used again. Requests in flight go on. */
  abandon?(used: AgentPair): void;
  /** See `HttpAgents.redact`. */
  readonly redact?: Redact | undefined;
}

/**
 * Keep-alive agents for one destination, replaced when its CA file changed.
 *
 * Node makes the connection to an `https://` proxy itself with nothing but its default roots: such a proxy under a private
 * authority needs NODE_EXTRA_CA_CERTS. The usual `http://` proxy is not concerned, nor is the dispatcher.
 */
export class HttpAgents implements AgentSource {
  readonly #trusted: Trusted<AgentPair>;

  /** Throws `CONFIG_INVALID` or `CONFIG_FILE_UNREADABLE` when proxy or certificates cannot be used. */
  constructor(settings: ConnectionSettings, dependencies: ConnectionDependencies) {
    const make = (trust: Trust, proxy: URL | undefined): AgentPair => build(settings, trust, proxy);
    this.#trusted = new Trusted(settings, dependencies, { make, retire });
  }

  /** Takes the secrets in use out of what is quoted of an answer, before it is cut: half of one might not be recognised. */
  get redact(): Redact | undefined {
    return this.#trusted.redact;
  }

  /** Agents for the next request. Ask for every request, do not keep them. */
  current(): AgentPair {
    return this.#trusted.current();
  }

  abandon(used: AgentPair): void {
    this.#trusted.abandon(used);
  }

  /** Ends every connection; requests in flight fail. */
  close(): void {
    this.#trusted.made.httpAgent.destroy();
    this.#trusted.made.httpsAgent.destroy();
  }
}

function build(settings: ConnectionSettings, trust: Trust, proxyUrl: URL | undefined): AgentPair {
  const { keepAliveMs, verifyServer = true, serverName } = settings;
  const proxy = proxyUrl?.href;
  const common = {
    keepAlive: true,
    keepAliveMsecs: TCP_KEEP_ALIVE_DELAY_MS,
    timeout: keepAliveMs,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_TIMEOUT_MS,
    // The decision is made already; the variables only carry it to Node.
    ...(proxy === undefined ? {} : { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: '' } }),
  };
  return {
    ...(proxy === undefined ? { proxy: false } : {}),
    httpAgent: new HttpAgent(common),
    httpsAgent: new HttpsAgent({
      ...common,
      rejectUnauthorized: verifyServer,
      ...(trust.secureContext === undefined ? {} : { secureContext: trust.secureContext }),
      ...(serverName === undefined ? {} : { servername: serverName }),
    }),
  };
}

/** Lets requests in flight finish, but no connection that was made under the old trust serves another one. */
function retire(connection: AgentPair): void {
  for (const agent of [connection.httpAgent, connection.httpsAgent]) {
    agent.maxFreeSockets = 0;
    for (const sockets of Object.values(agent.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}
