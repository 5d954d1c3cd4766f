import type { Timing } from '../async/timing.ts';
import type { AdminServerOptions } from '../http/admin-server.ts';
import type { LogRing } from '../log/log-ring.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';
import type { Logger, LogLevel } from '../log/logger.ts';
import type { Lifecycle } from './lifecycle.ts';

/** The options that every program has. */
export interface FrameConfig {
  readonly logLevel: LogLevel;
  readonly drainMs: number;
  readonly adminHost: string;
  readonly adminPort: number;
}

/** What probes, scrapers and people are shown of a program. */
export type AdminView = Pick<AdminServerOptions, 'health' | 'registry' | 'status' | 'documents'>;

/** What a program runs with, and all that it knows of the process around it. */
export interface ProgramContext<Config extends FrameConfig = FrameConfig> extends Timing {
  /** `castai-agent`: stands in every line of the log. */
  readonly name: string;
  readonly version: string;
  /** Name and version, as servers see them: `castai-agent/1.2.3`. */
  readonly userAgent: string;
  /** Tells this process from every other one. */
  readonly instanceId: string;
  /** Wall clock, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly config: Config;
  /** For what is not an option of ours, such as the variables for proxies. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whoever takes a secret into use adds it; it is then replaced in whatever this process writes, shows or sends in words. */
  readonly secrets: KnownSecrets;
  readonly logger: Logger;
  /** The latest lines of that log. */
  readonly recentLog: LogRing;
  /** Drains on the first SIGTERM or SIGINT, aborts on the second. */
  readonly lifecycle: Lifecycle;
  /** A bug somewhere that no caller hears of: the program drains, and ends with the first one of them and exit code 1. */
  readonly broken: (error: unknown) => void;
  /**
   * Serves the admin endpoints until the program has ended, and gives their port. To be called once, when all that is shown is made.
   * Throws `PORT_IN_USE`, or `CONFIG_INVALID` when the address cannot be used.
   */
  readonly serveAdmin: (view: AdminView) => Promise<number>;
}
