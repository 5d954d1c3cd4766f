import { spawnSync } from 'node:child_process';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Runs a program of the system to its end and gives its standard output. Throws an Error with what it said when it is not there or
 * ends with another code than 0; `hint` says what to do then.
 */
export function runTool(command: readonly [program: string, ...args: string[]], hint = ''): string {
  const [program, ...args] = command;
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES });
  if (error === undefined && status === 0) return stdout;
  const said = error === undefined ? `ended with exit code ${String(status)}: ${stderr.trim()}` : error.message;
  throw new Error([`${program} ${args.join(' ')}`, said, hint].filter((part) => part !== '').join('\n'));
}
