import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';
import { atMost, type Figure, shown } from '../figure.ts';
import { type MeasuredEvictor, startMeasuredEvictor } from './measured-evictor.ts';

const PODS = 30_000;
const PER_SECOND = 50;
/** One after another a busy fake answers twenty a second. */
const WRITERS = 4;
/** Compiled, collected, and the control plane believed. */
const WARM_UP_MS = 90_000;
const IDLE_MS = 180_000;

/** What it takes to hear of a cluster in which pods report their state all the time, and nobody comes or goes. */
export async function idleFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`evictor: idle with ${PODS} pods and ${PER_SECOND} changes of pods a second`);
  await using evictor = await startMeasuredEvictor(PODS);
  // Beside it, in the same minutes: what hearing alone costs here, because a share of a core is another one on every machine.
  await using bytes = await startBareWatch(evictor, 'bytes');
  await using parsed = await startBareWatch(evictor, 'parsed');
  await using protobuf = await startBareWatch(evictor, 'protobuf');
  await using statuses = await StatusWrites.begin(evictor);
  await sleep(WARM_UP_MS);
  const passesBefore = await evictor.metric('castai_evictor_passes_total');
  const programs = [evictor.program, bytes, parsed, protobuf];
  const before = programs.map(cpuMs);
  const [writtenBefore, startMs] = [statuses.written, performance.now()];
  await sleep(IDLE_MS);
  const tookMs = performance.now() - startMs;
  const [own = Number.NaN, ofBytes = Number.NaN, ofParsed = Number.NaN, ofProtobuf = Number.NaN] = programs.map(
    (program, index) => ((cpuMs(program) - (before[index] ?? Number.NaN)) / tookMs) * 100,
  );
  const passes = (await evictor.metric('castai_evictor_passes_total')) - passesBefore;
  const rate = (statuses.written - writtenBefore) / (tookMs / 1000);
  const usage = evictor.program.usage();
  return [
    atMost(1, { figure: 'idle CPU', value: own, unit: '% of a core' }),
    shown({ figure: 'idle: a bare watch that counts bytes', value: ofBytes, unit: '% of a core' }),
    shown({ figure: 'idle: one that counts bytes of protobuf', value: ofProtobuf, unit: '% of a core' }),
    shown({ figure: 'idle: one that parses what it hears', value: ofParsed, unit: '% of a core' }),
    shown({ figure: 'idle: the evictor to the one that parses', value: own / ofParsed, unit: 'ratio' }),
    shown({ figure: 'idle: statuses of pods really written', value: rate, unit: 'changes/s' }),
    shown({ figure: 'idle: looks at ages meanwhile', value: passes, unit: 'passes' }),
    shown({ figure: 'idle: anonymous memory', value: (usage?.anonymousBytes ?? Number.NaN) / 2 ** 20, unit: 'MiB' }),
  ];
}

function cpuMs(program: ChildProgram): number {
  return program.usage()?.cpuMs ?? Number.NaN;
}

async function startBareWatch({ fake }: MeasuredEvictor, mode: 'bytes' | 'parsed' | 'protobuf'): Promise<ChildProgram> {
  const program = startProgram({
    name: `bare watch (${mode})`,
    entry: join(import.meta.dirname, 'bare-watch/main.ts'),
    args: [fake.url, fake.token, join(fake.serviceAccountDir, 'ca.crt'), mode],
  });
  await program.waitForJson();
  return program;
}

/** Pods whose status is written at the pace, as kubelets do; what it says is nothing for the evictor. */
class StatusWrites implements AsyncDisposable {
  readonly #client: MeasuredEvictor['fake']['client'];
  readonly #paths: readonly string[];
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();
  written = 0;

  static async begin({ fake }: MeasuredEvictor): Promise<StatusWrites> {
    const { items } = (await fake.client.request('GET', '/api/v1/pods?limit=1000')) as unknown as {
      items: { metadata: { namespace: string; name: string } }[];
    };
    const paths = items.map(({ metadata }) => `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`);
    const writes = new StatusWrites(fake.client, paths);
    const startMs = performance.now();
    const running = Array.from({ length: WRITERS }, () => writes.#run(startMs));
    writes.#running = Promise.all(running).then(() => undefined);
    return writes;
  }

  private constructor(client: MeasuredEvictor['fake']['client'], paths: readonly string[]) {
    this.#client = client;
    this.#paths = paths;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(startMs: number): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const due = ((performance.now() - startMs) / 1000) * PER_SECOND;
      while (this.written < due && !this.#stopped.signal.aborted) {
        this.written += 1;
        const path = this.#paths[this.written % this.#paths.length] ?? '';
        await this.#client.request('PATCH', path, { status: { message: `heartbeat ${this.written}` } });
      }
      await sleep(20);
    }
  }
}
