import { launchProgram, type Row, StagedProgram, type StagedStart } from '../staged-program.ts';

/** How an agent starts. */
export type AgentStart = Omit<StagedStart, 'name'>;

/** One agent as a process of its own, and what it says about itself. */
export class StagedAgent extends StagedProgram {
  /** Starts one and waits until it listens. Throws with its last lines. */
  static async start({ env, haste }: AgentStart): Promise<StagedAgent> {
    // A call more at some time: for tests that count calls. Those of the log turn it on.
    return new StagedAgent(await launchProgram({ name: 'agent', haste, env: { SEND_LOGS: 'false', ...env } }));
  }

  /** The line of one feed in `/statusz`; empty while there is none. */
  async feed(name: string): Promise<Row> {
    return (await this.rows('Feeds')).find((row) => row['feed'] === name) ?? {};
  }

  /** What `/statusz` lists of what was met lately, one text each. */
  async problems(): Promise<string[]> {
    return (await this.rows('Met lately')).map(({ what }) => String(what));
  }
}
