/**
 * The spot handler's entry point, and its only file that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the
 * configuration is not usable.
 */
import { runCommandLine } from '@castai/shared/command/command-line.ts';
import packageJson from '../package.json' with { type: 'json' };
import { SPOT_HANDLER_OPTIONS } from './config.ts';
import { readSpotHandlerConfig } from './read-spot-handler-config.ts';
import { runSpotHandler } from './spot-handler.ts';

await runCommandLine(process, {
  name: 'castai-spot-handler',
  version: packageJson.version,
  summary: 'Marks a node and tells the platform when its machine is about to be taken away.',
  options: SPOT_HANDLER_OPTIONS,
  readConfig: readSpotHandlerConfig,
  run: runSpotHandler,
  loadCommands: async () => [(await import('./diagnose/doctor-command.ts')).doctorCommand],
});
