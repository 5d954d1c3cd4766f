import { join } from 'node:path';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import { cacheFolder } from '../../../scripts/tools/cache-folder.ts';
import { type ChildProgram, startProgram } from '../child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { Problem } from '@castai/shared/verdict/problem.ts';
import type { Verdict } from '@castai/shared/verdict/verdict.ts';
import { type MetricSample, parseMetrics } from '@castai/shared/testing/parse-metrics.ts';

/** How an agent starts. */
export interface AgentStart {
  readonly env: Readonly<Record<string, string>>;
  /** How much faster its clock runs, see ``hasty-agent/``; the real program with the real clock unless told. */
  readonly haste?: number;
}

/** One line of the agent's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** `/statusz` by the titles of its sections. A section is a list of lines, or one line. */
type Row = Readonly<Record<string, string | number | boolean | null>>;

const START_MS = 60_000;

/** One agent as a process of its own, and what it says about itself. */
export class StagedAgent {
  readonly process: ChildProgram;
  /** Address of /healthz, /readyz, /metrics and /statusz. */
  readonly url: string;

  /** Starts one and waits until it listens. Throws with its last lines. */
  static async start({ env, haste }: AgentStart): Promise<StagedAgent> {
    const program = findProgram('agent');
    const process = startProgram({
      entry: haste === undefined ? sourceOf(program) : join(import.meta.dirname, './hasty-agent/main.ts'),
      name: 'the agent',
      nodeArgs: program.nodeFlags,
      env: {
        ADMIN_PORT: '0',
        // A call more at some time: for tests that count calls. Those of the log turn it on.
        SEND_LOGS: 'false',
        // Halves the time of a start, of which there are a hundred.
        NODE_COMPILE_CACHE: join(cacheFolder(), 'compile-cache'),
        ...(haste === undefined ? {} : { HASTE: String(haste) }),
        ...env,
      },
    });
    try {
      const { port } = await process.waitForJson<{ port: number }>((line) => typeof line.port === 'number', START_MS);
      return new StagedAgent(process, `http://127.0.0.1:${port}`);
    } catch (error) {
      await process.kill();
      throw error;
    }
  }

  private constructor(process: ChildProgram, url: string) {
    this.process = process;
    this.url = url;
  }

  /** Everything that it has written. */
  get output(): string {
    return this.process.lines.map(({ text }) => text).join('\n');
  }

  /** The lines of its log, oldest first. */
  get log(): LogLine[] {
    return this.process.lines
      .filter(({ stream, text }) => stream === 'stdout' && text.startsWith('{'))
      .map(({ text }) => JSON.parse(text) as LogLine);
  }

  /** What one of its pages says. */
  async page(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`${this.url}${path}`);
    return { status: response.status, text: await response.text() };
  }

  /** Whether it is ready, and if not, why. */
  async readiness(): Promise<{ readonly ready: boolean; readonly reasons: readonly string[] }> {
    return JSON.parse((await this.page('/readyz?format=json')).text) as { ready: boolean; reasons: string[] };
  }

  /** Waits until it says that it is ready. */
  async untilReady(): Promise<void> {
    await eventually({
      what: 'the agent is ready',
      look: () => this.readiness(),
      until: ({ ready }) => ready,
    });
  }

  /** Waits until it is not ready for a reason with this text in it. */
  async untilNotReady(because: string): Promise<void> {
    await eventually({
      what: `the agent is not ready because ${because}`,
      look: () => this.readiness(),
      until: ({ ready, reasons }) => !ready && reasons.some((reason) => reason.includes(because)),
    });
  }

  /** The samples of its metrics. */
  async metrics(): Promise<MetricSample[]> {
    return parseMetrics((await this.page('/metrics')).text);
  }

  /** The sum of the series of one metric that bear these labels. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
    return (await this.metrics())
      .filter((sample) => sample.name === name && wanted.every((label) => sample.labels.includes(label)))
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** One section of `/statusz` that is a single line. */
  async section(title: string): Promise<Row> {
    const [row = {}] = await this.rows(title);
    return row;
  }

  /** The line of one feed in `/statusz`; empty while there is none. */
  async feed(name: string): Promise<Row> {
    return (await this.rows('Feeds')).find((row) => row['feed'] === name) ?? {};
  }

  /** Whether it works, and what is wrong: the head of `/statusz`. */
  async health(): Promise<{ readonly verdict: Verdict; readonly problems: readonly Problem[] }> {
    const { verdict, problems } = JSON.parse((await this.page('/statusz?format=json')).text) as {
      verdict: Verdict;
      problems: Problem[];
    };
    return { verdict, problems };
  }

  /** Waits until its verdict is of this cause; empty: until it is ok. */
  async untilCause(cause: Verdict['cause']): Promise<void> {
    await eventually({
      what: `the verdict is ${cause === '' ? 'ok' : cause}`,
      look: async () => (await this.health()).verdict,
      until: (verdict) => verdict.cause === cause,
    });
  }

  /** What `/statusz` lists of what was met lately, one text each. */
  async problems(): Promise<string[]> {
    return (await this.rows('Met lately')).map(({ what }) => String(what));
  }

  /** The lines of one section of `/statusz`. */
  async rows(title: string): Promise<readonly Row[]> {
    const { sections } = JSON.parse((await this.page('/statusz?format=json')).text) as {
      readonly sections: readonly { readonly title: string; readonly rows: Row | readonly Row[] }[];
    };
    const section = sections.find((one) => one.title === title);
    if (section === undefined) throw new Error(`/statusz has no section ${title}`);
    return Array.isArray(section.rows) ? section.rows : [section.rows as Row];
  }
}
