/**
 * The cluster controller's entry point, and its only file that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the
 * configuration is not usable.
 */
import { runCommandLine } from '@castai/shared/command/command-line.ts';
import packageJson from '../package.json' with { type: 'json' };
import { runClusterController } from './cluster-controller.ts';
import { CONTROLLER_OPTIONS } from './config.ts';
import { readControllerConfig } from './read-controller-config.ts';

await runCommandLine(process, {
  name: 'castai-cluster-controller',
  version: packageJson.version,
  summary: 'Does what the platform asks of the cluster, once each, and says what happened.',
  options: CONTROLLER_OPTIONS,
  readConfig: readControllerConfig,
  run: runClusterController,
  loadCommands: async () => [(await import('./diagnose/doctor-command.ts')).doctorCommand],
});
