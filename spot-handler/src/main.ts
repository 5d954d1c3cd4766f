/**
 * The spot handler's entry point, and its only file that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the
 * configuration is not usable.
 */
import { runCommandLine } from '@castai/shared/command/command-line.ts';
import { parseOptions } from '@castai/shared/config/env.ts';

import packageJson from '../package.json' with { type: 'json' };
import { checkSpotHandlerConfig, SPOT_HANDLER_OPTIONS } from './config.ts';
import { runSpotHandler } from './spot-handler.ts';

await runCommandLine(process, {
  name: 'castai-spot-handler',
  version: packageJson.version,
  summary: 'Marks a node and tells the platform when its machine is about to be taken away.',
  options: SPOT_HANDLER_OPTIONS,
  readConfig: (source) =>
    parseOptions(SPOT_HANDLER_OPTIONS, { ...source, prefixes: ['CASTAI_', 'API_'] }, checkSpotHandlerConfig),
  run: runSpotHandler,
});
