import { spawn } from 'node:child_process';

/** A program with its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly directory?: string;
}

/** How it went. */
export interface CommandResult {
  /** Null: ended by a signal, or not started at all. */
  readonly code: number | null;
  /** Everything that it wrote; empty when it wrote to the terminal itself. */
  readonly output: string;
}

/** Runs a command without input. `isShown`: it writes to our own output, else what it writes is kept. Never rejects. */
export function runCommand({ program, args, env, directory }: Command, isShown = false): Promise<CommandResult> {
  const child = spawn(program, args, {
    stdio: isShown ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(directory === undefined ? {} : { cwd: directory }),
  });
  let output = '';
  const keep = (text: string): void => void (output += text);
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, output: `${program}: ${error.message}` }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
