import { systemClock } from '../async/clock.ts';
import { CastaiError, describeError } from '../errors.ts';
import { KnownSecrets } from '../log/known-secrets.ts';
import { endWithExitCode } from '../program/end-with-exit-code.ts';
import type { FrameConfig } from '../program/program-context.ts';
import { forgetUnverified } from '../program/start-program.ts';
import type { CommandHost, CommandLineProgram } from './command-line.ts';
import { type CommandLine, parseCommandLine } from './parse-command-line.ts';
import { renderCommandHelp, renderHelp } from './render-help.ts';
import { statusCommand } from './status-command.ts';
import { createSupportBundleCommand } from './support-bundle-command.ts';
import { type SubCommand, USAGE_CODE } from './sub-command.ts';
import { paint, terminalOf } from './terminal.ts';
import { wrapLine } from './wrap-text.ts';

/** Does what the arguments say and sets the exit code. Never rejects. */
export async function runSubCommand<Config extends FrameConfig>(
  host: CommandHost,
  program: CommandLineProgram<Config>,
  args: readonly string[],
): Promise<void> {
  forgetUnverified(host);
  const { name } = program;
  const secrets = new KnownSecrets();
  const stop = new AbortController();
  // As the first process of a container nothing ends us by default.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) host.on(signal, () => stop.abort());
  host.stdout.on('error', (error) => {
    // Whoever reads has gone (`| head`): that is no failure, and nobody is left to tell. A full disk is one, and the answer is not whole.
    if (!('code' in error && error.code === 'EPIPE')) {
      host.stderr.write(`${name}: the answer could not be written whole: ${describeError(error)}\n`);
      host.exitCode ??= 1;
    }
    stop.abort(error);
  });
  host.stderr.on('error', () => {});
  const tell = ({ message, hint }: CastaiError): void => {
    if (stop.signal.aborted) return;
    const { columns } = terminalOf(host.stderr, host.env);
    const lines = [`${name}: ${message}`, ...(hint === undefined ? [] : [hint])];
    host.stderr.write(lines.map((line) => `${wrapLine(secrets.redact(line), columns)}\n`).join(''));
  };
  await endWithExitCode(host, tell, async () => {
    const own = (await program.loadCommands?.()) ?? [];
    const commands = [
      statusCommand,
      ...own,
      createSupportBundleCommand(own.find((command) => command.name === 'doctor')),
    ];
    const exitCode = await perform(parseCommandLine(args, commands), { host, program, commands, secrets }, stop.signal);
    if (exitCode !== 0) host.exitCode = exitCode;
  });
}

interface Surroundings<Config extends FrameConfig> {
  readonly host: CommandHost;
  readonly program: CommandLineProgram<Config>;
  readonly commands: readonly SubCommand[];
  readonly secrets: KnownSecrets;
}

async function perform<Config extends FrameConfig>(
  line: CommandLine,
  { host, program, commands, secrets }: Surroundings<Config>,
  signal: AbortSignal,
): Promise<number> {
  const { name, version, options } = program;
  const terminal = () => terminalOf(host.stdout, host.env);
  switch (line.do) {
    case 'run':
      // Only without arguments, which never comes here.
      throw new CastaiError('INTERNAL', 'BUG: run is no sub-command');
    case 'version':
      host.stdout.write(`${name} ${version}\n`);
      return 0;
    case 'help': {
      const { columns } = terminal();
      host.stdout.write(
        line.command === undefined
          ? renderHelp(program, commands, columns)
          : renderCommandHelp(name, line.command, columns),
      );
      return 0;
    }
    case 'refuse': {
      const look = terminalOf(host.stderr, host.env);
      const help = line.command === undefined ? `${name} --help` : `${name} ${line.command.name} --help`;
      host.stderr.write(`${paint(look, 'red', wrapLine(`${name}: ${line.why}; see ${help}`, look.columns))}\n`);
      return USAGE_CODE;
    }
    case 'command':
      return line.command.run(
        {
          program: name,
          version,
          options,
          environment: host.env,
          flags: line.flags,
          clock: systemClock,
          secrets,
          write: (text) => void host.stdout.write(secrets.redact(text)),
          note: (text) => void host.stderr.write(secrets.redact(text)),
          stdout: host.stdout,
          stderr: host.stderr,
          terminal,
        },
        signal,
      );
  }
}
