/**
 * The entry point of aks-init-data: reads the environment, passes signals on, and ends with an exit code that tells why. The only
 * file of the program that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the configuration is not usable.
 *
 * With the argument `extract` it is the worker, which the program starts itself: everything secret happens there.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@castai/shared/clock.ts';
import { CastaiError, type ErrorCode, toCastaiError } from '@castai/shared/errors.ts';

/** What an operator has to correct; trying again changes nothing. */
const CONFIGURATION_ERRORS = new Set<ErrorCode>(['CONFIG_INVALID', 'CONFIG_FILE_UNREADABLE', 'PORT_IN_USE']);
const OUR_PREFIXES = ['CASTAI_', 'API_', 'INIT_DATA_', 'PLATFORM_'];

if (process.argv[2] === 'extract') await extract();
else await run();

/** Whatever goes wrong here must not be told: the message could quote what it failed on. */
async function extract(): Promise<void> {
  const fail = (): void => process.exit(1);
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // Loaded here only: the long-lived process needs none of it.
  const { serveWorker } = await import('./extract/serve-worker.ts');
  await serveWorker(process.stdin, process.stdout);
}

async function run(): Promise<void> {
  try {
    await main();
  } catch (error) {
    const { code, message, hint } = toCastaiError(error, 'INTERNAL');
    process.stderr.write(`castai-aks-init-data: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
    if (code === 'INTERNAL' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    process.exitCode = CONFIGURATION_ERRORS.has(code) ? 2 : 1;
  }
}

async function main(): Promise<void> {
  const [
    { parseOptions },
    { Lifecycle },
    { createLogger },
    { checkInitDataConfig, INIT_DATA_OPTIONS },
    { runInitData },
  ] = await Promise.all([
    import('@castai/shared/config/env.ts'),
    import('@castai/shared/lifecycle.ts'),
    import('@castai/shared/log/logger.ts'),
    import('./config.ts'),
    import('./init-data.ts'),
  ]);
  const { default: packageJson } = await import('../package.json', { with: { type: 'json' } });
  const { config, warnings } = parseOptions(INIT_DATA_OPTIONS, {
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    prefixes: OUR_PREFIXES,
  });
  checkInitDataConfig(config);
  const logger = createLogger({ level: config.logLevel, name: 'castai-aks-init-data', clock: systemClock });
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

  await runInitData({
    config,
    environment: process.env,
    version: packageJson.version,
    instanceId: randomUUID(),
    worker: { executable: process.execPath, entry: fileURLToPath(import.meta.url) },
    logger,
    clock: systemClock,
    random: Math.random,
    lifecycle,
  });
  logger.info('aks-init-data stopped', {
    reason: lifecycle.draining.reason instanceof CastaiError ? lifecycle.draining.reason.message : '',
  });
}
