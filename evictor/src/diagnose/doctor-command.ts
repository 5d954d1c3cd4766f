import { readFileSync } from 'node:fs';
import { createDoctorCommand } from '@castai/shared/command/doctor-command.ts';
import { readEvictorConfig } from '../read-evictor-config.ts';
import { diagnose } from './doctor.ts';

/** The command `doctor` of the evictor. */
export const doctorCommand = createDoctorCommand({
  summary:
    'Checks configuration and files, API server, the rights to what is read and written, the lease of an election, and the way to the platform. Changes nothing.',
  diagnose: async ({ environment, version, clock, secrets }, tell, signal) => {
    const readConfig = () => readEvictorConfig({ environment, readFile: (path) => readFileSync(path, 'utf8') });
    await diagnose({ readConfig, environment, version, clock, secrets, tell }, signal);
  },
});
