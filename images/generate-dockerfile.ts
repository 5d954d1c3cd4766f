/**
 * Writes the stages of images/Dockerfile that come from the list of programs, between `# generated: stages` and `# end of generated`.
 * With `--check` nothing is written; exit code 1 tells that they are not what the list gives.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dockerStages } from './docker-stages.ts';
import { readPackage } from './read-package.ts';
import { PROGRAMS } from '../scripts/programs.ts';

const DOCKERFILE = join(import.meta.dirname, './Dockerfile');
const SECTION = /(?<=^# generated: stages\n)[\s\S]*?(?=^# end of generated$)/mu;

const before = readFileSync(DOCKERFILE, 'utf8');
if (!SECTION.test(before)) throw new Error('images/Dockerfile has no place for the stages');
const { version } = readPackage('');
const stages = PROGRAMS.map((program) => `${dockerStages(program, version)}\n`).join('\n');
const after = before.replace(SECTION, () => stages);
if (!process.argv.includes('--check')) writeFileSync(DOCKERFILE, after);
else if (after !== before) {
  console.error('images/Dockerfile is not what scripts/programs.ts gives: run npm run generate');
  process.exitCode = 1;
}
