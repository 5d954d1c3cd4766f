import { setTimeout as sleep } from 'node:timers/promises';
import type { ReportDocument } from '@castai/evictor/report/report-document.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { type ChildProgram, startProgram } from '../stages/child-program.ts';
import type { PlatformProgram } from '../stages/start-programs.ts';
import type { DemoCluster } from './demo-cluster.ts';

/** What it looks at. */
export interface DemoEvictorOptions {
  readonly cluster: DemoCluster;
  readonly platform: PlatformProgram;
  /** Hears what it found, a line each. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 500;

/** The evictor of the demo's cluster: its report is on the platform's page, and what it comes to in a line. It changes nothing, whosever the cluster is. */
export class DemoEvictor implements AsyncDisposable {
  readonly #options: DemoEvictorOptions;
  readonly #disposed = new AbortController();
  /** The end of the demo, however it comes. */
  readonly #signal: AbortSignal;
  #process: ChildProgram | undefined;

  constructor(options: DemoEvictorOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#disposed.signal]);
  }

  /** Starts it once the agent has registered the cluster. Never resolves; throws with its last lines when it ends by itself. */
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
    throw new Error([`the evictor ended (${by ?? `exit code ${code}`}); its last lines:`, ...last].join('\n'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort();
    await this.#process?.kill();
  }

  #start(clusterId: string): ChildProgram {
    const { cluster, platform } = this.#options;
    const program = findProgram('evictor');
    return startProgram({
      name: 'the evictor',
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
      },
    });
  }

  async #tell(process: ChildProgram, clusterId: string): Promise<void> {
    const { platform, say } = this.#options;
    const { port } = await process.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
    const address = `http://127.0.0.1:${port}`;
    const report = await this.#until(async () => {
      const answer = await fetch(`${address}/report`);
      return answer.status === 200 ? ((await answer.json()) as ReportDocument) : undefined;
    });
    if (report === undefined) return;
    const { removable, renew, nodes, saved } = report;
    const toRenew = new Set(renew.map(({ node }) => node)).size;
    say(`evictor    ${removable.length} of ${nodes} nodes could go (${saved.cores} cores), ${toRenew} must be renewed`);
    say(`           why and where to: ${platform.url}/?view=evictor&cluster=${clusterId}`);
  }

  /** Waits for something, or for the end of the demo. */
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
