/**
 * The agent's entry point: reads the environment, passes signals on, and ends with an exit code that tells why.
 * The only file of the agent that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the configuration is not usable.
 * Sub-commands: `run`, which is what no argument means, and `doctor`, which has exit codes of its own.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemClock } from '@castai/shared/clock.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import { CastaiError, type ErrorCode, toCastaiError } from '@castai/shared/errors.ts';
import { Lifecycle } from '@castai/shared/lifecycle.ts';
import { createLogger } from '@castai/shared/log/logger.ts';
import packageJson from '../package.json' with { type: 'json' };
import { runAgent } from './agent.ts';
import { AGENT_OPTIONS, checkAgentConfig } from './config.ts';

/** What an operator has to correct; trying again changes nothing. */
const CONFIGURATION_ERRORS = new Set<ErrorCode>([
  'CONFIG_INVALID',
  'CONFIG_FILE_UNREADABLE',
  'IDENTITY_UNKNOWN',
  'PORT_IN_USE',
]);
const OUR_PREFIXES = ['CASTAI_', 'API_', 'SCRUB_'];

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { code, message, hint } = toCastaiError(error, 'INTERNAL');
  process.stderr.write(`castai-agent: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
  if (code === 'INTERNAL' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exitCode = CONFIGURATION_ERRORS.has(code) ? 2 : 1;
}

async function main([command = 'run', ...args]: readonly string[]): Promise<void> {
  if (command === 'run' && args.length === 0) return run();
  if (command === 'doctor') return doctor(args);
  throw new CastaiError('CONFIG_INVALID', `there is no command ${[command, ...args].join(' ')}`, {
    hint: 'the commands are: run (without one), doctor [--json] [--tolerate-warnings]',
  });
}

function readConfig() {
  const { config, warnings } = parseOptions(AGENT_OPTIONS, {
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    prefixes: OUR_PREFIXES,
  });
  checkAgentConfig(config);
  return { config, warnings };
}

async function doctor(args: readonly string[]): Promise<void> {
  // Loaded only here: the agent itself has no use for it.
  const { runDoctor } = await import('./diagnose/run-doctor.ts');
  const stop = new AbortController();
  // As the first process of a container nothing ends us by default.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  const options = { readConfig, environment: process.env, version: packageJson.version, clock: systemClock };
  const { text, exitCode } = await runDoctor(args, options, stop.signal);
  process.stdout.write(text);
  process.exitCode = exitCode;
}

async function run(): Promise<void> {
  const { config, warnings } = readConfig();
  const logger = createLogger({ level: config.logLevel, name: 'castai-agent', clock: systemClock });
  for (const warning of warnings) logger.warn(warning);

  const lifecycle = new Lifecycle({ clock: systemClock, drainMs: config.drainMs });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      logger.info('stopping', { signal });
      lifecycle.requestDrain(signal);
    });
  }
  // A rejection that nobody handles is a bug: it stops the agent in good order, with its exit code, instead of silently.
  process.on('unhandledRejection', (reason) => {
    logger.error('a bug: a rejection that nobody handles', { error: reason });
    process.exitCode = 1;
    lifecycle.requestDrain('a bug');
  });

  await runAgent({
    config,
    environment: process.env,
    version: packageJson.version,
    instanceId: randomUUID(),
    logger,
    clock: systemClock,
    random: Math.random,
    lifecycle,
  });
  logger.info('agent stopped', {
    reason: lifecycle.draining.reason instanceof CastaiError ? lifecycle.draining.reason.message : '',
  });
}
