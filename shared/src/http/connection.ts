import type { Clock } from '../async/clock.ts';
import type { CastaiError } from '../errors.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';

/** A client certificate and its key, both PEM. */
export interface ClientCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/**
 * What one destination means: where it is, whom to trust, which way to go and how long to wait. `http-agents.ts` makes
 * `node:http(s)` agents of it (for axios), `dispatcher.ts` undici dispatchers; both decide nothing on their own, so that
 * a proxy or a CA file works the same for every request of every program.
 */
export interface ConnectionSettings {
  /** Scheme, host and port decide; a path is left to the caller. */
  readonly baseUrl: URL;
  /** PEM file that is trusted besides the system's roots. Re-read when it changes. */
  readonly caFile?: string | undefined;
  /** PEM text that is trusted besides the system's roots: a kubeconfig carries its CA inline. */
  readonly caPem?: string | undefined;
  /** False trusts `caFile` and `caPem` only, as a Kubernetes client must: no public CA may speak for the API server. Default true. */
  readonly trustSystemRoots?: boolean | undefined;
  /** False accepts any server certificate. Only a kubeconfig with `insecure-skip-tls-verify` asks for it. Default true. */
  readonly verifyServer?: boolean | undefined;
  /** Name expected in the server's certificate when it differs from the URL's host (kubeconfig `tls-server-name`). */
  readonly serverName?: string | undefined;
  readonly clientCertificate?: ClientCertificate | undefined;
  /**
   * `environment` obeys HTTPS_PROXY, HTTP_PROXY and NO_PROXY. `none` never uses a proxy: right for the Kubernetes API
   * and for metadata services, which live inside the cluster or the machine. A URL is used whatever the variables say.
   */
  readonly proxy: 'environment' | 'none' | { readonly url: string };
  /** Where the proxy variables are looked up; handed in, because only main files touch `process`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Limit for TCP, proxy tunnel and TLS handshake, each. */
  readonly connectTimeoutMs: number;
  /** Limit from the request sent to the response's headers. */
  readonly headersTimeoutMs: number;
  /** How long an idle connection is kept for the next request. */
  readonly keepAliveMs: number;
  /** Bytes that a connection takes before somebody reads them, of an undici dispatcher. Left out: 16 KiB, and 64 without TLS. */
  readonly readAheadBytes?: number | undefined;
}

/** What a connection needs from outside. */
export interface ConnectionDependencies {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Told once per broken state of a CA file that was good before, while the old certificates stay in use; undefined: it is good again. */
  readonly onProblem?: ((error: CastaiError | undefined) => void) | undefined;
  /** Told the proxy's credentials. */
  readonly secrets?: KnownSecrets | undefined;
}

/** A part of a program that is told of the CA files of all its connections; without an error: the file is good again. */
export type OnTrustProblem = (destination: 'API server' | 'platform', error: CastaiError | undefined) => void;

/** After this idle time the kernel asks whether the peer is still there: below the idle timeouts of the usual cloud NATs (120 s to 350 s). */
export const TCP_KEEP_ALIVE_DELAY_MS = 30_000;

/**
 * How long one address of a host is tried before the next. Node's default of 250 ms makes a host with several addresses
 * unreachable for good where the round trip is longer, as between continents.
 */
export const ADDRESS_ATTEMPT_TIMEOUT_MS = 2_000;
