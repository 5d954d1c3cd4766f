/**
 * The spot handler's entry point: reads the environment, passes signals on, and ends with an exit code that tells why.
 * The only file of the program that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the configuration is not usable.
 */
import { readFileSync } from 'node:fs';
import { systemClock } from '@castai/shared/clock.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import { CastaiError, type ErrorCode, toCastaiError } from '@castai/shared/errors.ts';
import { Lifecycle } from '@castai/shared/lifecycle.ts';
import { createLogger } from '@castai/shared/log/logger.ts';
import packageJson from '../package.json' with { type: 'json' };
import { checkSpotHandlerConfig, SPOT_HANDLER_OPTIONS } from './config.ts';
import { runSpotHandler } from './handler.ts';

/** What an operator has to correct; trying again changes nothing. */
const CONFIGURATION_ERRORS = new Set<ErrorCode>(['CONFIG_INVALID', 'CONFIG_FILE_UNREADABLE', 'PORT_IN_USE']);
const OUR_PREFIXES = ['CASTAI_', 'API_'];

try {
  await main();
} catch (error) {
  const { code, message, hint } = toCastaiError(error, 'INTERNAL');
  process.stderr.write(`castai-spot-handler: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
  if (code === 'INTERNAL' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exitCode = CONFIGURATION_ERRORS.has(code) ? 2 : 1;
}

async function main(): Promise<void> {
  const { config, warnings } = parseOptions(SPOT_HANDLER_OPTIONS, {
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    prefixes: OUR_PREFIXES,
  });
  checkSpotHandlerConfig(config);
  const logger = createLogger({ level: config.logLevel, name: 'castai-spot-handler', clock: systemClock });
  for (const warning of warnings) logger.warn(warning);

  const lifecycle = new Lifecycle({ clock: systemClock, drainMs: config.drainMs });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      logger.info('stopping', { signal });
      lifecycle.requestDrain(signal);
    });
  }
  // A rejection that nobody handles is a bug: it stops the program in good order, with its exit code, instead of silently.
  process.on('unhandledRejection', (reason) => {
    logger.error('a bug: a rejection that nobody handles', { error: reason });
    process.exitCode = 1;
    lifecycle.requestDrain('a bug');
  });

  await runSpotHandler({
    config,
    environment: process.env,
    version: packageJson.version,
    logger,
    clock: systemClock,
    random: Math.random,
    lifecycle,
  });
  logger.info('spot handler stopped', {
    reason: lifecycle.draining.reason instanceof CastaiError ? lifecycle.draining.reason.message : '',
  });
}
