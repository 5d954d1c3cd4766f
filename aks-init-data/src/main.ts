/**
 * The entry point of aks-init-data, and its only file that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the
 * configuration is not usable.
 *
 * With the argument `extract` it is the worker, which the program starts itself: everything secret happens there. Neither of the
 * two has any use for what the other one loads.
 */
import { fileURLToPath } from 'node:url';

if (process.argv[2] === 'extract') await extract();
else await run();

/** Whatever goes wrong here must not be told: the message could quote what it failed on. */
async function extract(): Promise<void> {
  const fail = (): void => process.exit(1);
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // Before anything is read. Where it cannot be had the parent has said so.
  const { emptyCoreDumps } = await import('./extract/empty-core-dumps.ts');
  emptyCoreDumps();
  const { serveWorker } = await import('./extract/serve-worker.ts');
  await serveWorker(process);
}

async function run(): Promise<void> {
  const [{ runCommandLine }, { INIT_DATA_OPTIONS }, { readInitDataConfig }, { runInitData }, { default: packageJson }] =
    await Promise.all([
      import('@castai/shared/command/command-line.ts'),
      import('./config.ts'),
      import('./read-init-data-config.ts'),
      import('./aks-init-data.ts'),
      import('../package.json', { with: { type: 'json' } }),
    ]);
  const worker = { executable: process.execPath, entry: fileURLToPath(import.meta.url) };
  await runCommandLine(process, {
    name: 'castai-aks-init-data',
    version: packageJson.version,
    summary: 'Hands over, sealed, what AKS needs to make new nodes.',
    options: INIT_DATA_OPTIONS,
    readConfig: readInitDataConfig,
    loadCommands: async () => [(await import('./diagnose/doctor-command.ts')).doctorCommand],
    run: (context) => runInitData({ ...context, worker }),
  });
}
