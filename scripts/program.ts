/**
 * `npm run program -- <name> [arguments]`: a program from source, as its own main file starts it. Exit code 2 for a name that is none.
 */
import { PROGRAMS, findProgram, sourceOf } from './programs.ts';
import { refuseCall } from './read-call.ts';

const [node = '', , name = '', ...args] = process.argv;
const USAGE = `npm run program -- <name> [arguments]

A program from source: ${PROGRAMS.map((program) => program.name).join(', ')}.
What it can be asked: npm run program -- <name> --help`;

// What stands behind the name is the program's.
if (['--help', '-h'].includes(name)) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
if (!PROGRAMS.some((program) => program.name === name))
  refuseCall(USAGE, `there is no program ${JSON.stringify(name)}`);
const entry = sourceOf(findProgram(name));
process.argv = [node, entry, ...args];
await import(entry);
