import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultProxy } from '../../fakes/fault-proxy.ts';
import { PlatformControl } from '../../platform-rig/client.ts';
import { type RigOptions, startRig } from '../../platform-rig/rig.ts';
import { type PlatformProgram, startPlatformProgram } from '../start-programs.ts';
import type { StagedPlatform } from './agent-stage.ts';

/** Often, so that an agent without anything to say learns soon what became of its session. */
const HEARTBEAT_MS = 1_000;

/** A platform in this process, behind a network that can misbehave. */
export interface LocalPlatform extends StagedPlatform {
  readonly network: FaultProxy;
}

/** Starts one that records its history. Its own errors fail the test in the end. */
export async function startLocalPlatform(options: RigOptions = {}): Promise<LocalPlatform> {
  const errors: unknown[] = [];
  const platform = await startRig({
    history: true,
    onError: (error) => errors.push(error),
    ...options,
    limits: { heartbeatMs: HEARTBEAT_MS, ...options.limits },
  });
  const network = await FaultProxy.start({ target: platform.url });
  return {
    url: network.url,
    control: new PlatformControl(platform.url),
    network,
    [Symbol.asyncDispose]: async () => {
      await network.stop();
      await platform.close();
      if (errors.length > 0) throw new AggregateError(errors, 'the platform failed');
    },
  };
}

/** A platform in a process of its own, which can be killed and started again where it was. */
export interface MortalPlatform extends StagedPlatform {
  readonly network: FaultProxy;
  /** Ends it without a word. */
  kill(): Promise<void>;
  /** Starts it again, at the same address and with the same file. */
  start(): Promise<void>;
}

/** Starts one that records its history; `more`: further arguments of `platform-rig/options.ts`. */
export async function startMortalPlatform(more: readonly string[] = []): Promise<MortalPlatform> {
  const directory = await mkdtemp(join(tmpdir(), 'castai-e2e-platform-'));
  const args = ['--db', join(directory, 'platform.db'), '--history', '--heartbeat-ms', String(HEARTBEAT_MS), ...more];
  let program: PlatformProgram = await startPlatformProgram(args);
  const { url, control } = program;
  const network = await FaultProxy.start({ target: url });
  return {
    url: network.url,
    control,
    network,
    kill: async () => void (await program.process.kill()),
    start: async () => {
      program = await startPlatformProgram(['--port', new URL(url).port, ...args]);
    },
    [Symbol.asyncDispose]: async () => {
      await network.stop();
      await program.process.kill();
      await rm(directory, { recursive: true });
    },
  };
}
