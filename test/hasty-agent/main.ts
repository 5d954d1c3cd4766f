/**
 * The agent on a clock that runs `HASTE` times as fast, for tests of what takes minutes: access reviews, discovery, refused
 * keys, fencing, the watchdog. Everything else is the agent's own, except that its exit code is 1 whatever goes wrong.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { runAgent } from '@castai/agent/agent.ts';
import { AGENT_OPTIONS } from '@castai/agent/config.ts';
import { systemClock } from '@castai/shared/clock.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import { Lifecycle } from '@castai/shared/lifecycle.ts';
import { createLogger } from '@castai/shared/log/logger.ts';
import { HastyClock } from '../support/hasty-clock.ts';

const { config } = parseOptions(AGENT_OPTIONS, {
  environment: process.env,
  readFile: (path) => readFileSync(path, 'utf8'),
  prefixes: [],
});
const lifecycle = new Lifecycle({ clock: systemClock, drainMs: config.drainMs });
process.on('SIGTERM', () => lifecycle.requestDrain('SIGTERM'));
await runAgent({
  config,
  environment: process.env,
  version: '0.0.0-hasty',
  instanceId: randomUUID(),
  logger: createLogger({ level: config.logLevel, name: 'castai-agent', clock: systemClock }),
  clock: new HastyClock(Number(process.env['HASTE'])),
  random: Math.random,
  lifecycle,
});
