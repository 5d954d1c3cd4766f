/**
 * The agent's entry point: reads the environment, passes signals on, and ends with an exit code that tells why.
 * The only file of the agent that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the configuration is not usable.
 * Sub-commands: `run`, which is what no argument means, and `doctor`, which has exit codes of its own.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemClock } from '@castai/shared/async/clock.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import { endWithExitCode, runProgram } from '@castai/shared/program/run-program.ts';
import packageJson from '../package.json' with { type: 'json' };
import { runAgent } from './agent.ts';
import { AGENT_OPTIONS } from './config.ts';

const NAME = 'castai-agent';

await endWithExitCode(process, NAME, () => main(process.argv.slice(2)));

async function main([command = 'run', ...args]: readonly string[]): Promise<void> {
  if (command === 'run' && args.length === 0) return run();
  if (command === 'doctor') return doctor(args);
  throw new CastaiError('CONFIG_INVALID', `there is no command ${[command, ...args].join(' ')}`, {
    hint: 'the commands are: run (without one), doctor [--json] [--tolerate-warnings]',
  });
}

function readConfig() {
  return parseOptions(AGENT_OPTIONS, {
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    prefixes: ['CASTAI_', 'API_', 'SCRUB_'],
  });
}

async function doctor(args: readonly string[]): Promise<void> {
  // Loaded only here: the agent itself has no use for it.
  const { runDoctor } = await import('./diagnose/run-doctor.ts');
  const stop = new AbortController();
  // As the first process of a container nothing ends us by default.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  const options = { readConfig, environment: process.env, version: packageJson.version, clock: systemClock };
  const { text, exitCode } = await runDoctor(args, options, stop.signal);
  process.stdout.write(text);
  process.exitCode = exitCode;
}

async function run(): Promise<void> {
  const { config, warnings } = readConfig();
  await runProgram(process, { name: NAME, config, warnings, clock: systemClock }, (parts) =>
    runAgent({
      ...parts,
      config,
      environment: process.env,
      version: packageJson.version,
      instanceId: randomUUID(),
      clock: systemClock,
      random: Math.random,
    }),
  );
}
