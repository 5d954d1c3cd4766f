import { readFileSync } from 'node:fs';
import { createDoctorCommand } from '@castai/shared/command/doctor-command.ts';
import { readEvictorConfig } from '../read-evictor-config.ts';
import { diagnose } from './doctor.ts';

/** The command `doctor` of the evictor. */
export const doctorCommand = createDoctorCommand({
  summary:
    'Checks configuration and rules, API server, the right to read what the reports need, and to use the lease of an election. Changes nothing.',
  diagnose: async ({ environment, version, clock, secrets }, tell, signal) => {
    const readConfig = () => readEvictorConfig({ environment, readFile: (path) => readFileSync(path, 'utf8') });
    await diagnose({ readConfig, environment, version, clock, secrets, tell }, signal);
  },
});
