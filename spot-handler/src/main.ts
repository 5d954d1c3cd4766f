/**
 * The spot handler's entry point, and its only file that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the
 * configuration is not usable.
 */
import { parseOptions } from '@castai/shared/config/env.ts';
import { startProgram } from '@castai/shared/program/start-program.ts';
import packageJson from '../package.json' with { type: 'json' };
import { checkSpotHandlerConfig, SPOT_HANDLER_OPTIONS } from './config.ts';
import { runSpotHandler } from './spot-handler.ts';

await startProgram(process, {
  name: 'castai-spot-handler',
  version: packageJson.version,
  readConfig: (source) =>
    parseOptions(SPOT_HANDLER_OPTIONS, { ...source, prefixes: ['CASTAI_', 'API_'] }, checkSpotHandlerConfig),
  run: runSpotHandler,
});
