import { join } from 'node:path';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type MetricSample, parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import type { Problem } from '@castai/shared/verdict/problem.ts';
import type { Verdict } from '@castai/shared/verdict/verdict.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { cacheFolder } from '../../scripts/tools/cache-folder.ts';
import { type ChildProgram, startProgram } from './child-program.ts';

/** Which program starts, and how. */
export interface StagedStart {
  /** Name in `scripts/programs.ts`. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** How much faster its clock runs, see `hasty-program/`; the real program with the real clock unless told. */
  readonly haste?: number | undefined;
}

/** One line of a program's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A section of `/statusz` is a list of lines, or one line. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** What one was started as. */
export interface Launched {
  readonly process: ChildProgram;
  /** Address of /healthz, /readyz, /metrics and /statusz. */
  readonly url: string;
}

/** For a machine that is busy with everything else. */
const START_MS = 180_000;

/** Starts a program and waits until it listens. Throws with its last lines. */
export async function launchProgram({ name, env, haste }: StagedStart): Promise<Launched> {
  const program = findProgram(name);
  const process = startProgram({
    entry: haste === undefined ? sourceOf(program) : join(import.meta.dirname, './hasty-program/main.ts'),
    name: `the ${name}`,
    nodeArgs: program.nodeFlags,
    env: {
      ADMIN_PORT: '0',
      // Halves the time of a start, of which there are a hundred.
      NODE_COMPILE_CACHE: join(cacheFolder(), 'compile-cache'),
      ...(haste === undefined ? {} : { HASTE: String(haste), HASTE_OF: name }),
      ...env,
    },
  });
  try {
    const { port } = await process.waitForJson<{ port: number }>((line) => typeof line.port === 'number', START_MS);
    return { process, url: `http://127.0.0.1:${port}` };
  } catch (error) {
    await process.kill();
    throw error;
  }
}

/** One program as a process of its own, and what it says about itself. */
export class StagedProgram implements AsyncDisposable {
  readonly process: ChildProgram;
  readonly url: string;

  constructor({ process, url }: Launched) {
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
      what: 'the program is ready',
      look: () => this.readiness(),
      until: ({ ready }) => ready,
      timeoutMs: START_MS,
    });
  }

  /** Waits until it is not ready for a reason with this text in it. */
  async untilNotReady(because: string): Promise<void> {
    await eventually({
      what: `the program is not ready because ${because}`,
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

  /** Whether it works, and what is wrong: the head of `/statusz`. */
  async health(): Promise<{ readonly verdict: Verdict; readonly problems: readonly Problem[] }> {
    const { verdict, problems } = JSON.parse((await this.page('/statusz?format=json')).text) as {
      verdict: Verdict;
      problems: Problem[];
    };
    return { verdict, problems };
  }

  /** Waits until its verdict is of this cause; empty: until it is ok. */
  async untilCause(cause: Verdict['cause'], timeoutMs?: number): Promise<void> {
    await eventually({
      what: `the verdict is ${cause === '' ? 'ok' : cause}`,
      look: async () => (await this.health()).verdict,
      until: (verdict) => verdict.cause === cause,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }

  /** One section of `/statusz` that is a single line. */
  async section(title: string): Promise<Row> {
    const [row = {}] = await this.rows(title);
    return row;
  }

  /** The lines of one section of `/statusz`, by its title. */
  async rows(title: string): Promise<readonly Row[]> {
    const { sections } = JSON.parse((await this.page('/statusz?format=json')).text) as {
      readonly sections: readonly { readonly title: string; readonly rows: Row | readonly Row[] }[];
    };
    const section = sections.find((one) => one.title === title);
    if (section === undefined) throw new Error(`/statusz has no section ${title}`);
    return Array.isArray(section.rows) ? section.rows : [section.rows as Row];
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
  }
}
