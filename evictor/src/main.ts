/**
 * The evictor's entry point, and its only file that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the
 * configuration is not usable. Its commands, which have exit codes of their own, are told by `--help`.
 */
import { runCommandLine } from '@castai/shared/command/command-line.ts';
import packageJson from '../package.json' with { type: 'json' };
import { EVICTOR_OPTIONS } from './config.ts';
import { runEvictor } from './evictor.ts';
import { readEvictorConfig } from './read-evictor-config.ts';

await runCommandLine(process, {
  name: 'castai-evictor',
  version: packageJson.version,
  summary: 'Says which nodes could go, which should be renewed, and what stands in the way.',
  options: EVICTOR_OPTIONS,
  readConfig: readEvictorConfig,
  run: runEvictor,
  loadCommands: async () => {
    const [{ doctorCommand }, { reportCommand }, { explainCommand }] = await Promise.all([
      import('./diagnose/doctor-command.ts'),
      import('./tell/report-command.ts'),
      import('./tell/explain-command.ts'),
    ]);
    return [reportCommand, explainCommand, doctorCommand];
  },
});
