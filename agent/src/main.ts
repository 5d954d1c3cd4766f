/**
 * The agent's entry point, and its only file that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the configuration is
 * not usable. Sub-commands: `run`, which is what no argument means, and `doctor` and `dump`, which have exit codes of their own.
 */
import { systemClock } from '@castai/shared/async/clock.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { endWithExitCode } from '@castai/shared/program/end-with-exit-code.ts';
import { type ProgramSpec, readConfig, startProgram } from '@castai/shared/program/start-program.ts';
import packageJson from '../package.json' with { type: 'json' };
import { runAgent } from './agent.ts';
import type { AgentConfig } from './config.ts';
import { readAgentConfig, readDumpConfig } from './read-agent-config.ts';

const AGENT: ProgramSpec<AgentConfig> = {
  name: 'castai-agent',
  version: packageJson.version,
  readConfig: readAgentConfig,
  run: runAgent,
};

const [command = 'run', ...args] = process.argv.slice(2);
if (command === 'run' && args.length === 0) await startProgram(process, AGENT);
else {
  const secrets = new KnownSecrets();
  const tell = ({ message, hint }: CastaiError): void => {
    const text = `${AGENT.name}: ${message}\n${hint === undefined ? '' : `${hint}\n`}`;
    process.stderr.write(secrets.redact(text));
  };
  await endWithExitCode(process, tell, () => runSubCommand(secrets));
}

async function runSubCommand(secrets: KnownSecrets): Promise<void> {
  if (command === 'doctor') return doctor(secrets);
  if (command === 'dump') return dump(secrets);
  throw new CastaiError('CONFIG_INVALID', `there is no command ${[command, ...args].join(' ')}`, {
    hint: 'the commands are: run (without one), doctor [--json] [--tolerate-warnings], dump [--help]',
  });
}

async function doctor(secrets: KnownSecrets): Promise<void> {
  // Loaded only here: the agent itself has no use for it.
  const { runDoctor } = await import('./diagnose/run-doctor.ts');
  const options = {
    readConfig: () => readConfig(process, AGENT),
    environment: process.env,
    version: AGENT.version,
    clock: systemClock,
    secrets,
  };
  const { text, exitCode } = await runDoctor(args, options, stopSignal());
  process.stdout.write(text);
  process.exitCode = exitCode;
}

async function dump(secrets: KnownSecrets): Promise<void> {
  const { runDump } = await import('./dump/run-dump.ts');
  const options = {
    readConfig: () => readConfig(process, { readConfig: readDumpConfig }),
    environment: process.env,
    version: AGENT.version,
    clock: systemClock,
    secrets,
    stdout: process.stdout,
    stderr: process.stderr,
  };
  process.exitCode = await runDump(args, options, stopSignal());
}

/** Aborts when the process is told to end: as the first process of a container nothing ends us by default. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}
