import { createDoctorCommand } from '@castai/shared/command/doctor-command.ts';
import { readFileSync } from 'node:fs';
import { readAgentConfig } from '../read-agent-config.ts';
import { diagnose } from './doctor.ts';

/** The command `doctor` of the agent. */
export const doctorCommand = createDoctorCommand({
  summary:
    'Checks configuration, API server, identity, the right to read each feed and to use the lease of an election, the platform and the key. Changes nothing.',
  diagnose: async ({ environment, version, clock, secrets }, tell, signal) => {
    const readFile = (path: string): string => readFileSync(path, 'utf8');
    const readConfig = () => readAgentConfig({ environment, readFile });
    await diagnose({ readConfig, environment, version, clock, secrets, tell }, signal);
  },
});
