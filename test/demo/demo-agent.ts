import { type AgentProgram, type AgentStart, startAgentProgram } from '../stages/start-programs.ts';
import type { ChildProgram } from '../stages/child-program.ts';

/** The demo's agent, which may be killed to see that another goes on where it was. */
export class DemoAgent implements AsyncDisposable {
  readonly #start: AgentStart;
  #current: AgentProgram;
  #isBeingReplaced = false;
  readonly #broken = Promise.withResolvers<ChildProgram>();

  /** Starts it. Throws with its last lines. */
  static async start(start: AgentStart): Promise<DemoAgent> {
    return new DemoAgent(start, await startAgentProgram(start));
  }

  private constructor(start: AgentStart, current: AgentProgram) {
    this.#start = start;
    this.#current = current;
    this.#watch(current);
  }

  /** The one that runs now. */
  get current(): AgentProgram {
    return this.#current;
  }

  /** Whether one was killed and the next is not there yet. */
  get isBeingReplaced(): boolean {
    return this.#isBeingReplaced;
  }

  /** Settles with a process that ended although nobody had asked for it. */
  get broken(): Promise<ChildProgram> {
    return this.#broken.promise;
  }

  /**
   * Kills it as a node that is lost does, and starts another, after something else if that is given. One at a time; a call meanwhile does
   * nothing.
   */
  async replace(after: () => Promise<void> = async () => {}): Promise<boolean> {
    if (this.#isBeingReplaced) return false;
    this.#isBeingReplaced = true;
    try {
      await this.#current.process.kill();
      await after();
      this.#current = await startAgentProgram(this.#start);
      this.#watch(this.#current);
    } finally {
      this.#isBeingReplaced = false;
    }
    return true;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current[Symbol.asyncDispose]();
  }

  #watch({ process }: AgentProgram): void {
    const ended = async (): Promise<void> => {
      await process.exit;
      if (!this.#isBeingReplaced) this.#broken.resolve(process);
    };
    void ended();
  }
}
