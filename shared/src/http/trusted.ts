import type { Redact } from '../log/known-secrets.ts';
import type { ConnectionDependencies, ConnectionSettings } from './connection.ts';
import { credentialsOf, proxyFor } from './proxy.ts';
import { type Trust, TrustBundle } from './trust-bundle.ts';

/** How connections are made and left. */
export interface Maker<Made> {
  /** Makes what connects by these certificates, through this proxy if there is one. */
  make(trust: Trust, proxy: URL | undefined): Made;
  /** Called once with what was made before: requests in flight finish, and it serves no other. */
  retire(made: Made): void;
}

/** What connects to one destination, made anew when its CA file changed. */
export class Trusted<Made> {
  /** Takes the secrets in use out of what is quoted of an answer, before it is cut: half of one might not be recognised. */
  readonly redact: Redact | undefined;
  readonly #maker: Maker<Made>;
  readonly #bundle: TrustBundle;
  readonly #proxy: URL | undefined;
  #trust: Trust;
  #made: Made;

  /** Throws `CONFIG_INVALID` or `CONFIG_FILE_UNREADABLE` when proxy or certificates cannot be used. */
  constructor(settings: ConnectionSettings, dependencies: ConnectionDependencies, maker: Maker<Made>) {
    this.#maker = maker;
    this.redact = dependencies.secrets?.redact;
    this.#proxy = proxyFor(settings);
    if (this.#proxy !== undefined) dependencies.secrets?.addCredentials('proxy', credentialsOf(this.#proxy));
    this.#bundle = new TrustBundle(settings, dependencies);
    this.#trust = this.#bundle.current();
    this.#made = maker.make(this.#trust, this.#proxy);
  }

  /** What was made last, by whichever certificates. */
  get made(): Made {
    return this.#made;
  }

  /** For the next request. */
  current(): Made {
    const trust = this.#bundle.current();
    if (trust.version !== this.#trust.version) {
      this.#trust = trust;
      this.#makeAnew();
    }
    return this.#made;
  }

  /** What waits of its connections is not used again. Nothing happens where it is not the last one any more. */
  abandon(used: Made): void {
    if (used === this.#made) this.#makeAnew();
  }

  #makeAnew(): void {
    this.#maker.retire(this.#made);
    this.#made = this.#maker.make(this.#trust, this.#proxy);
  }
}
