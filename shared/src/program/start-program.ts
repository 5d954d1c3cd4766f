import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemClock } from '../async/clock.ts';
import type { Timing } from '../async/timing.ts';
import type { OptionSource } from '../config/env.ts';
import { formatDuration } from '../config/option-table.ts';
import { CastaiError } from '../errors.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import { chooseLogLook, type OutputStream } from '../log/log-format.ts';
import { createLogger, type LogFields, type Logger, type LoggerOptions } from '../log/logger.ts';
import { LogRing } from '../log/log-ring.ts';
import { type EndingProcess, endWithExitCode } from './end-with-exit-code.ts';
import { foreignNodeOptions } from './foreign-node-options.ts';
import { Lifecycle } from './lifecycle.ts';
import type { FrameConfig, ProgramContext } from './program-context.ts';
import { runProgram } from './run-program.ts';
import { tellEnd } from './tell-end.ts';

/** As much of `process` as a program needs; main files hand it in, and nothing else touches it. */
export interface HostProcess extends EndingProcess {
  readonly env: Record<string, string | undefined>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream & { write(text: string): unknown };
  on(event: 'SIGUSR1', listener: () => void): unknown;
  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  on(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown;
}

/** What tells one program from another. */
export interface ProgramSpec<Config extends FrameConfig> {
  /** `castai-agent`. */
  readonly name: string;
  readonly version: string;
  /** `parseOptions` on the program's table; the warnings are about the environment, and begin the log. */
  readonly readConfig: (source: OptionSource) => { readonly config: Config; readonly warnings: readonly string[] };
  /** Runs until the lifecycle ends. */
  readonly run: (context: ProgramContext<Config>) => Promise<void>;
}

/** Where a program touches the world. Tests hand in their own. */
export interface ProgramEdges extends Timing {
  readonly readFile: OptionSource['readFile'];
  readonly createId: () => string;
  /** Where the log goes; the standard output unless told. */
  readonly destination?: LoggerOptions['destination'];
}

const REAL_EDGES: ProgramEdges = {
  clock: systemClock,
  random: Math.random,
  readFile: (path) => readFileSync(path, 'utf8'),
  createId: randomUUID,
};

/** For `/logz`, of which a support bundle is made; a line has two hundred characters. */
const REMEMBERED = { lines: 1_000, bytes: 256 * 1024 } as const;

/**
 * All that a main file does: reads the options, runs the program between its first and its last line of log, with a lifecycle that the
 * signals of the process reach, and ends with an exit code that tells why: 0 stopped as asked, 1 a bug, 2 the configuration is not
 * usable. Why it ends otherwise than asked is one line on the standard error, as those of the log are. A rejection that nobody handles
 * drains the program and makes the exit code 1. Never rejects.
 */
export async function startProgram<Config extends FrameConfig>(
  host: HostProcess,
  spec: ProgramSpec<Config>,
  edges: ProgramEdges = REAL_EDGES,
): Promise<void> {
  const { name, version } = spec;
  const { clock, random, destination } = edges;
  const isUnverified = forgetUnverified(host);
  const ofNode = foreignNodeOptions(host.env);
  const secrets = new KnownSecrets();
  const common = { name, clock, secrets, base: placeOf(host) };
  const tell = (error: CastaiError): void => {
    const look = chooseLogLook(host.env, host.stderr);
    tellEnd({ ...common, look, destination: { write: (line) => void host.stderr.write(line) } }, error);
  };
  await endWithExitCode(host, tell, async () => {
    const { config, warnings } = spec.readConfig({ environment: host.env, readFile: edges.readFile });
    const to = destination === undefined ? {} : { destination };
    const look = chooseLogLook(host.env, host.stdout);
    const recentLog = new LogRing(REMEMBERED);
    const logger = createLogger({ ...common, level: config.logLevel, look, keep: recentLog, ...to });
    for (const warning of warnings) logger.warn(warning);
    if (ofNode !== undefined) logger.warn(ofNode);
    if (isUnverified) logger.warn(`${UNVERIFIED} is ignored: certificates are always verified`);
    const lifecycle = new Lifecycle({ clock, drainMs: config.drainMs });
    listen(host, { logger, lifecycle, drainMs: config.drainMs });
    const instanceId = edges.createId();
    const environment = host.env;
    const frame = { name, version, instanceId, config, environment, secrets, logger, recentLog, lifecycle };
    await runProgram({ ...frame, clock, random }, spec.run);
    const { reason } = lifecycle.draining;
    logger.info('stopped', { reason: reason instanceof CastaiError ? reason.message : '' });
  });
}

/** Of a program that runs on each node: which one, also where the options could not be read. A name of a pod would have to be looked up. */
function placeOf({ env }: Pick<HostProcess, 'env'>): LogFields {
  const node = env['NODE_NAME']?.trim() ?? '';
  return node === '' ? {} : { node };
}

const UNVERIFIED = 'NODE_TLS_REJECT_UNAUTHORIZED';

/**
 * Node looks at this variable for every connection that does not say otherwise, and with 0 accepts whoever answers: an unknown proxy would
 * get the proxy's password, an unknown server the key. Gone before the first connection is made. True when it would have had an effect.
 */
export function forgetUnverified({ env }: Pick<HostProcess, 'env'>): boolean {
  const isUnverified = env[UNVERIFIED] === '0';
  delete env[UNVERIFIED];
  return isUnverified;
}

interface Listening {
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly drainMs: number;
}

function listen(host: HostProcess, { logger, lifecycle, drainMs }: Listening): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    host.on(signal, () => {
      const isFirst = !lifecycle.draining.aborted;
      logger.info('stopping', {
        signal,
        ...(isFirst
          ? { hint: `what waits has ${formatDuration(drainMs)} to go out; another signal ends it at once` }
          : {}),
      });
      lifecycle.requestDrain(signal);
    });
  }
  // Without a listener Node opens its inspector on this signal: a door to everything in memory, the key among it.
  host.on('SIGUSR1', () => logger.warn('SIGUSR1 is ignored'));
  // Node would end the process at once: what is in hand would be lost, and the log would not say why.
  host.on('unhandledRejection', (reason) => {
    logger.error('a bug: a rejection that nobody handles', { error: reason });
    host.exitCode = 1;
    lifecycle.requestDrain('a bug');
  });
}
