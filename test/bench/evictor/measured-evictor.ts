import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { ReportDocument } from '@castai/evictor/report/report-document.ts';
import { bundleOf, findProgram, IMAGE_PROGRAMS, type Program, sourceOf } from '../../../scripts/programs.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';
import { type BenchFake, startBenchFake } from '../agent/servers.ts';

const BUNDLE = join(import.meta.dirname, '../../../scripts/bundle.ts');
const LONG_MS = 600_000;

/** An evictor by its own defaults, beside a fake cluster of this many pods and a thirtieth as many nodes. */
export interface MeasuredEvictor extends AsyncDisposable {
  readonly fake: BenchFake;
  readonly program: ChildProgram;
  readonly report: () => Promise<ReportDocument>;
  /** A number of its metrics; a metric with labels is the sum of its series. */
  readonly metric: (name: string) => Promise<number>;
}

/** Starts both and waits for the first report. */
export async function startMeasuredEvictor(pods: number): Promise<MeasuredEvictor> {
  await using stack = new AsyncDisposableStack();
  const fake = stack.use(await startBenchFake({ pods }));
  const evictor = findProgram('evictor');
  const { hostname, port } = new URL(fake.url);
  const program = stack.use(
    startProgram({
      name: 'evictor',
      entry: entryOf(evictor),
      nodeArgs: evictor.nodeFlags,
      env: {
        ...evictor.environment,
        SERVICE_ACCOUNT_DIR: fake.serviceAccountDir,
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT_HTTPS: port,
        ADMIN_PORT: '0',
      },
    }),
  );
  const { port: adminPort } = await program.waitForJson<{ port: number }>((line) => 'port' in line);
  const admin = `http://127.0.0.1:${adminPort}`;
  const report = async (): Promise<ReportDocument> => {
    const answer = await fetch(`${admin}/report`);
    if (answer.status !== 200) throw new Error(await answer.text());
    return (await answer.json()) as ReportDocument;
  };
  await eventually({ what: 'there is a report', look: report, until: () => true, timeoutMs: LONG_MS });
  const parts = stack.move();
  return {
    fake,
    program,
    report,
    metric: async (name) => sumOf(name, await (await fetch(`${admin}/metrics`)).text()),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** As it ships, where it does. */
function entryOf(evictor: Program): string {
  const shipped = IMAGE_PROGRAMS.find(({ name }) => name === evictor.name);
  if (shipped === undefined) return sourceOf(evictor);
  execFileSync(process.execPath, [BUNDLE, shipped.name], { stdio: ['ignore', 'ignore', 'inherit'] });
  return bundleOf(shipped);
}

function sumOf(name: string, text: string): number {
  const series = text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  return series.length === 0 ? Number.NaN : series.reduce((a, b) => a + b, 0);
}
