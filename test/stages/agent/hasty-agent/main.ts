/**
 * The agent on a clock that runs `HASTE` times as fast, for tests of what takes minutes: access reviews, discovery, refused
 * keys, fencing, the watchdog. Everything else is the agent's own.
 */
import { runAgent } from '@castai/agent/agent.ts';
import { AGENT_OPTIONS } from '@castai/agent/config.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import { startProgram } from '@castai/shared/program/start-program.ts';
import { HastyClock } from '@castai/shared/testing/hasty-clock.ts';

await startProgram(process, {
  name: 'castai-agent',
  version: '0.0.0-hasty',
  readConfig: (source) => parseOptions(AGENT_OPTIONS, source),
  // Its log, its end and its wall clock keep the time of everybody else: servers date their answers.
  run: (context) => runAgent({ ...context, clock: new HastyClock(Number(process.env['HASTE']), 'real') }),
});
