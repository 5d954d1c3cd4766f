/**
 * `npm run program -- <name> [arguments]`: a program from source, as its own main file starts it. Throws an Error that names the
 * programs for a name that is none.
 */
import { findProgram, sourceOf } from './programs.ts';

const [node = '', , name = '', ...args] = process.argv;
const entry = sourceOf(findProgram(name));
process.argv = [node, entry, ...args];
await import(entry);
