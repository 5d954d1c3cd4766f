import { eventually } from '@castai/shared/testing/eventually.ts';
import { parseMetrics, sumOf } from '@castai/shared/testing/parse-metrics.ts';
import type { ReportDocument } from '@castai/evictor/report/report-document.ts';
import { bundleOf, findProgram } from '../../../scripts/programs.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';
import { type BenchFake, startBenchFake } from '../agent/servers.ts';

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
  const fake = stack.use(await startBenchFake({ pods, neighbourRules: true }));
  const evictor = findProgram('evictor');
  const { hostname, port } = new URL(fake.url);
  const program = stack.use(
    startProgram({
      name: 'evictor',
      entry: bundleOf(evictor),
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
  const metric = async (name: string): Promise<number> => {
    const samples = parseMetrics(await (await fetch(`${admin}/metrics`)).text()).filter((one) => one.name === name);
    // A figure of what is not there would be met.
    return samples.length === 0 ? Number.NaN : sumOf(samples, name);
  };
  const report = async (): Promise<ReportDocument> => {
    const answer = await fetch(`${admin}/report`);
    if (answer.status !== 200) throw new Error(await answer.text());
    return (await answer.json()) as ReportDocument;
  };
  // Seldom: it is work of what is measured.
  const seldom = { timeoutMs: LONG_MS, everyMs: 1_000 };
  await eventually({ what: 'there is a report', look: report, until: () => true, ...seldom });
  const parts = stack.move();
  return {
    fake,
    program,
    report,
    metric,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
