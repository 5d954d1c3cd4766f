import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { type ChildProgram, startProgram } from '../stages/child-program.ts';
import type { PlatformProgram } from '../stages/start-programs.ts';
import type { DemoCluster } from './demo-cluster.ts';

/** Beside what it stands. */
export interface DemoFollowerOptions {
  readonly cluster: DemoCluster;
  readonly platform: PlatformProgram;
  /** Hears what there is to see, a line each. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What it is. */
export interface FollowerProgram {
  /** As `scripts/programs.ts` calls it. */
  readonly program: 'evictor' | 'cluster-controller';
  /** Beside what every program of the demo is told. */
  readonly env: Readonly<Record<string, string>>;
  /** Tells what there is to see of it. */
  readonly tell: (started: StartedFollower) => Promise<void>;
}

/** It has said where its pages are. */
export interface StartedFollower {
  readonly address: string;
  readonly clusterId: string;
  /** Waits for something, or for the end of the demo. */
  readonly until: <T>(look: () => Promise<T | undefined>) => Promise<T | undefined>;
}

const LOOK_EVERY_MS = 500;

/** A program of the demo that can begin when the agent has registered the cluster, and that runs until the demo ends. */
export class DemoFollower implements AsyncDisposable {
  readonly #options: DemoFollowerOptions;
  readonly #program: FollowerProgram;
  readonly #disposed = new AbortController();
  /** The end of the demo, however it comes. */
  readonly #signal: AbortSignal;
  #process: ChildProgram | undefined;

  constructor(options: DemoFollowerOptions, program: FollowerProgram) {
    this.#options = options;
    this.#program = program;
    this.#signal = AbortSignal.any([options.signal, this.#disposed.signal]);
  }

  /** Starts it. Never resolves; throws with its last lines when it ends by itself. */
  async run(): Promise<never> {
    const { platform } = this.#options;
    const signal = this.#signal;
    const clusterId = await this.#until(async () => (await platform.control.state()).clusters[0]?.id);
    if (signal.aborted || clusterId === undefined) return new Promise(() => {});
    const process = this.#start(clusterId);
    this.#process = process;
    void this.#tell(process, clusterId).catch(() => undefined);
    const { code, signal: by } = await process.exit;
    if (signal.aborted) return new Promise(() => {});
    const last = process.lines.slice(-5).map(({ text }) => `  ${text}`);
    const { program } = this.#program;
    throw new Error([`the ${program} ended (${by ?? `exit code ${code}`}); its last lines:`, ...last].join('\n'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort();
    await this.#process?.kill();
  }

  #start(clusterId: string): ChildProgram {
    const { cluster, platform } = this.#options;
    const program = findProgram(this.#program.program);
    return startProgram({
      name: `the ${this.#program.program}`,
      entry: sourceOf(program),
      nodeArgs: program.nodeFlags,
      env: {
        ...program.environment,
        ...cluster.agentEnv,
        // One of it, and a Lease would be written.
        LEADER_ELECTION: 'false',
        API_KEY: 'test',
        API_URL: platform.url,
        CLUSTER_ID: clusterId,
        ADMIN_PORT: '0',
        ...this.#program.env,
      },
    });
  }

  async #tell(process: ChildProgram, clusterId: string): Promise<void> {
    const { port } = await process.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
    const until: StartedFollower['until'] = (look) => this.#until(look);
    await this.#program.tell({ address: `http://127.0.0.1:${port}`, clusterId, until });
  }

  async #until<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
    const signal = this.#signal;
    while (!signal.aborted) {
      const found = await look().catch(() => undefined);
      if (found !== undefined) return found;
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }
}
