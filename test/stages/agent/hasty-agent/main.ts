/**
 * The agent on a clock that runs `HASTE` times as fast, for tests of what takes minutes: access reviews, discovery, refused
 * keys, fencing, the watchdog. Everything else is the agent's own.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { runAgent } from '@castai/agent/agent.ts';
import { AGENT_OPTIONS } from '@castai/agent/config.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import { endWithExitCode, runProgram } from '@castai/shared/program/run-program.ts';
import { HastyClock } from '@castai/shared/testing/hasty-clock.ts';

const NAME = 'castai-agent';

await endWithExitCode(process, NAME, async () => {
  const { config, warnings } = parseOptions(AGENT_OPTIONS, {
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  await runProgram(process, { name: NAME, config, warnings, clock: systemClock }, (parts) =>
    runAgent({
      ...parts,
      config,
      environment: process.env,
      version: '0.0.0-hasty',
      instanceId: randomUUID(),
      clock: new HastyClock(Number(process.env['HASTE'])),
      random: Math.random,
    }),
  );
});
