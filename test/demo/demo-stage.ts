import type { AgentProgram, PlatformProgram } from '../stages/start-programs.ts';
import type { DemoCluster } from './demo-cluster.ts';
import type { DemoOptions } from './demo-options.ts';
import type { KeyInput } from './guide.ts';
import type { StatusLine } from './status-line.ts';

/** What the demo gets from its process. */
export interface DemoContext {
  readonly options: DemoOptions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly line: StatusLine;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Where keys are pressed, and what ends the demo; missing: nobody sits there. */
  readonly keys?: { readonly input: KeyInput; readonly end: () => void };
}

/** What is compared: the demo's cluster, platform and agent. */
export interface DemoStage {
  readonly cluster: DemoCluster;
  readonly platform: PlatformProgram;
  /** The one that runs now. */
  readonly agent: AgentProgram;
  /** When the agent was started, in milliseconds of `performance.now`. */
  readonly startedAtMs: number;
}
