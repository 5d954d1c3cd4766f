import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { HandAgent } from '../../platform-rig/hand-agent.ts';
import { type FakeCluster, startFakeCluster } from '../../stages/agent/fake-cluster.ts';
import { type LocalPlatform, startLocalPlatform } from '../../stages/agent/staged-platform.ts';
import { startProgram } from '../../stages/child-program.ts';
import { type DoctorReport, doctorReport } from '../../stages/doctor-report.ts';
import type { OtherProgram } from './fault-table.ts';
import { launchProgram, StagedProgram } from '../../stages/staged-program.ts';

/** Ten seconds of hysteresis pass in two. */
const HASTE = 5;

type Env = Readonly<Record<string, string>>;

/** A cluster and a platform that knows it, both of them behind a network that can misbehave. */
export interface Ground {
  readonly cluster: FakeCluster;
  readonly platform: LocalPlatform;
  /** The cluster's id at the platform. */
  readonly clusterId: string;
  /** A folder of its own. */
  readonly folder: string;
  /** To be undone in the end, the last one first. */
  readonly undo: (undo: () => unknown) => void;
}

/** What stands around one program besides. */
export interface Surroundings<World> {
  /** Name of the program in `scripts/programs.ts`. */
  readonly program: OtherProgram;
  /** Gives what the faults of this program take hold of, and the variables that it needs besides those that all have. */
  readonly surround: (ground: Ground) => Promise<{ readonly world: World; readonly env: Env }>;
}

/** Where a program meets a fault. */
export class Place<World> implements AsyncDisposable {
  readonly ground: Ground;
  readonly world: World;
  /** Variables of the program while nothing is wrong. */
  readonly env: Env;
  readonly #program: string;
  readonly #undo: (() => unknown)[];

  static async start<World>({ program, surround }: Surroundings<World>): Promise<Place<World>> {
    const undo: (() => unknown)[] = [];
    const folder = mkdtempSync(join(tmpdir(), 'castai-verdict-'));
    undo.push(() => rmSync(folder, { recursive: true }));
    const cluster = await startFakeCluster({ nodes: 3, pods: 12 });
    undo.push(() => cluster[Symbol.asyncDispose]());
    const platform = await startLocalPlatform();
    undo.push(() => platform[Symbol.asyncDispose]());
    const clusterId = await new HandAgent(platform.url).register();
    const ground = { cluster, platform, clusterId, folder, undo: (one: () => unknown) => void undo.push(one) };
    const { world, env } = await surround(ground);
    const common = { API_URL: platform.url, API_KEY: KEY, CLUSTER_ID: clusterId, POD_NAMESPACE: 'kube-system' };
    return new Place({ ground, world, program, undo, env: { ...common, ...cluster.agentEnv, ...env } });
  }

  private constructor(
    parts: Pick<Place<World>, 'ground' | 'world' | 'env'> & { program: string; undo: (() => unknown)[] },
  ) {
    this.ground = parts.ground;
    this.world = parts.world;
    this.env = parts.env;
    this.#program = parts.program;
    this.#undo = parts.undo;
  }

  /** Starts the program, in haste. */
  async startProgram(env: Env = {}): Promise<StagedProgram> {
    const all = { ...findProgram(this.#program).environment, ...this.env, ...env };
    const program = new StagedProgram(await launchProgram({ name: this.#program, haste: HASTE, env: all }));
    this.ground.undo(() => program[Symbol.asyncDispose]());
    return program;
  }

  /** What the program's doctor says. */
  async examine(env: Env): Promise<DoctorReport> {
    const program = findProgram(this.#program);
    await using child = startProgram({
      entry: sourceOf(program),
      name: 'the doctor',
      args: ['doctor', '--json'],
      nodeArgs: program.nodeFlags,
      env: { ...program.environment, ...this.env, ...env },
    });
    return await doctorReport(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#undo.toReversed()) await one();
  }
}

/** The key that the platform takes. */
export const KEY = 'test';
