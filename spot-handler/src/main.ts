/**
 * The spot handler's entry point: reads the environment, passes signals on, and ends with an exit code that tells why.
 * The only file of the program that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the configuration is not usable.
 */
import { readFileSync } from 'node:fs';
import { systemClock } from '@castai/shared/async/clock.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import { endWithExitCode, runProgram } from '@castai/shared/program/run-program.ts';
import packageJson from '../package.json' with { type: 'json' };
import { checkSpotHandlerConfig, SPOT_HANDLER_OPTIONS } from './config.ts';
import { runSpotHandler } from './spot-handler.ts';

const NAME = 'castai-spot-handler';

await endWithExitCode(process, NAME, async () => {
  const source = {
    environment: process.env,
    readFile: (path: string) => readFileSync(path, 'utf8'),
    prefixes: ['CASTAI_', 'API_'],
  };
  const { config, warnings } = parseOptions(SPOT_HANDLER_OPTIONS, source, checkSpotHandlerConfig);
  await runProgram(process, { name: NAME, config, warnings, clock: systemClock }, (parts) =>
    runSpotHandler({
      ...parts,
      config,
      environment: process.env,
      version: packageJson.version,
      clock: systemClock,
      random: Math.random,
    }),
  );
});
