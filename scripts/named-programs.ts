import { PROGRAMS, type ShippedProgram, findProgram } from './programs.ts';
import { refuseCall } from './read-call.ts';

/** The programs that a script is called for, all when none is named. Ends the script for a name that is none. */
export function namedPrograms(usage: string, names: readonly string[]): readonly ShippedProgram[] {
  const known = PROGRAMS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    refuseCall(usage, `there is no program ${JSON.stringify(unknown)}; there are ${known.join(', ')}`);
  return names.length === 0 ? PROGRAMS : names.map(findProgram);
}
