/**
 * The agent's entry point, and its only file that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the configuration is not
 * usable. Its commands, which have exit codes of their own, are told by `--help`.
 */
import { runCommandLine } from '@castai/shared/command/command-line.ts';
import packageJson from '../package.json' with { type: 'json' };
import { runAgent } from './agent.ts';
import { AGENT_OPTIONS } from './config.ts';
import { readAgentConfig } from './read-agent-config.ts';

await runCommandLine(process, {
  name: 'castai-agent',
  version: packageJson.version,
  summary: 'Reads the state of a Kubernetes cluster and streams it to the platform.',
  options: AGENT_OPTIONS,
  readConfig: readAgentConfig,
  run: runAgent,
  loadCommands: async () => {
    const [{ doctorCommand }, { dumpCommand }] = await Promise.all([
      import('./diagnose/doctor-command.ts'),
      import('./dump/dump-command.ts'),
    ]);
    return [doctorCommand, dumpCommand];
  },
});
