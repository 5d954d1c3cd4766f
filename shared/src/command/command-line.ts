import type { FrameConfig } from '../program/program-context.ts';
import { type HostProcess, type ProgramSpec, startProgram } from '../program/start-program.ts';
import type { OptionTable } from '../config/option-table.ts';
import type { ByteStream, SubCommand } from './sub-command.ts';

/** As much of `process` as a command line needs. */
export interface CommandHost extends HostProcess {
  readonly argv: readonly string[];
  readonly stdout: ByteStream;
  readonly stderr: ByteStream;
}

/** A program and what else can be done with it. */
export interface CommandLineProgram<Config extends FrameConfig> extends ProgramSpec<Config> {
  /** What it does, in one sentence. */
  readonly summary: string;
  readonly options: OptionTable;
  /** Loads the commands that only this program has: what they need costs it no memory while it runs. */
  readonly loadCommands?: () => Promise<readonly SubCommand[]>;
}

/**
 * All that a main file does: runs the program, or the command that its first argument names. The images have no shell, so what somebody
 * wants to know of a program it has to say itself. Never rejects.
 */
export async function runCommandLine<Config extends FrameConfig>(
  host: CommandHost,
  program: CommandLineProgram<Config>,
): Promise<void> {
  const args = host.argv.slice(2);
  if (args.length === 0 || (args.length === 1 && args[0] === 'run')) return startProgram(host, program);
  const { runSubCommand } = await import('./run-sub-command.ts');
  await runSubCommand(host, program, args);
}
