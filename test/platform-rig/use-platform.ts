/** A platform for one test file: started in this process, on a free port, closed after the file. */
import { afterAll, beforeAll } from 'vitest';
import { PlatformControl } from './client.ts';
import { HandAgent } from './hand-agent.ts';
import type { RunningServer } from '@castai/platform/front/server.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { type RigOptions, startRig } from './rig.ts';

/** What a test gets: a clock of its own, and agents with a cluster of their own. */
export interface PlatformForTests {
  readonly url: string;
  readonly control: PlatformControl;
  /** The platform's time, ms; tests move it. */
  nowMs: number;
  /** Errors that the platform called its own fault; a test that expects none need not look, the file fails. */
  readonly errors: unknown[];
  /** An agent whose cluster is registered and nobody else's. */
  newAgent(): Promise<HandAgent>;
}

/** Registers the hooks and gives the platform, usable inside tests. */
export function usePlatform(options: RigOptions = {}): PlatformForTests {
  let running: RunningServer | undefined;
  let clusters = 0;
  const errors: unknown[] = [];
  const started = (): RunningServer => {
    if (!running) throw new Error('the platform is used outside of a test');
    return running;
  };
  const platform: PlatformForTests = {
    nowMs: 1_000_000_000_000,
    errors,
    get url() {
      return started().url;
    },
    get control() {
      return new PlatformControl(started().url);
    },
    newAgent: async () => {
      const agent = new HandAgent(started().url);
      clusters += 1;
      await agent.register(`cluster-${clusters}`);
      return agent;
    },
  };
  beforeAll(async () => {
    running = await startRig({
      clock: { ...systemClock, now: () => platform.nowMs },
      onError: (error) => errors.push(error),
      ...options,
    });
  });
  afterAll(async () => {
    await running?.close();
    if (errors.length > 0) throw new AggregateError(errors, 'the platform failed');
  });
  return platform;
}
