/**
 * The entry point of aks-init-data: reads the environment, passes signals on, and ends with an exit code that tells why. The only
 * file of the program that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the configuration is not usable.
 *
 * With the argument `extract` it is the worker, which the program starts itself: everything secret happens there. Neither of the
 * two has any use for what the other one loads.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

if (process.argv[2] === 'extract') await extract();
else await run();

/** Whatever goes wrong here must not be told: the message could quote what it failed on. */
async function extract(): Promise<void> {
  const fail = (): void => process.exit(1);
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  const { serveWorker } = await import('./extract/serve-worker.ts');
  await serveWorker(process);
}

async function run(): Promise<void> {
  const name = 'castai-aks-init-data';
  const { endWithExitCode, runProgram } = await import('@castai/shared/program/run-program.ts');
  await endWithExitCode(process, name, async () => {
    const [
      { systemClock: clock },
      { parseOptions },
      { checkInitDataConfig, INIT_DATA_OPTIONS },
      { runInitData },
      { default: packageJson },
    ] = await Promise.all([
      import('@castai/shared/async/clock.ts'),
      import('@castai/shared/config/env.ts'),
      import('./config.ts'),
      import('./aks-init-data.ts'),
      import('../package.json', { with: { type: 'json' } }),
    ]);
    const source = {
      environment: process.env,
      readFile: (path: string) => readFileSync(path, 'utf8'),
      prefixes: ['CASTAI_', 'API_', 'INIT_DATA_', 'PLATFORM_'],
    };
    const { config, warnings } = parseOptions(INIT_DATA_OPTIONS, source, checkInitDataConfig);
    await runProgram(process, { name, config, warnings, clock }, (parts) =>
      runInitData({
        ...parts,
        config,
        environment: process.env,
        version: packageJson.version,
        instanceId: randomUUID(),
        worker: { executable: process.execPath, entry: fileURLToPath(import.meta.url) },
        clock,
        random: Math.random,
      }),
    );
  });
}
