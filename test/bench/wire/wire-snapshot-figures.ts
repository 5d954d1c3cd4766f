import type { Wire } from '@castai/agent/deliver/wire-state.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { peakRssMiB } from '../agent/bench-stage.ts';
import type { BundledAgent } from '../agent/bundled-agent.ts';
import { startBenchPlatform } from '../agent/servers.ts';
import { atMost, type Figure, median, shown } from '../figure.ts';
import { startOnWire, takenBy, type WireBench } from './wire-bench.ts';

const ROUNDS = 2;
const SLOW_BYTES_PER_SECOND = 64_000;

/** A first snapshot on both wires, by turns, and one for a receiver that reads slowly. */
export async function wireSnapshotFigures(bench: WireBench): Promise<Figure[]> {
  const { pods, report } = bench;
  const rounds: Record<Wire, Snapshot[]> = { ingest: [], 'agent-deltas': [] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const wire of ['ingest', 'agent-deltas'] as const) {
      const snapshot = await snapshotOn(bench, wire);
      const { seconds, bytes, peakMiB } = snapshot;
      report(
        `${wire}, round ${String(round)}: ${seconds.toFixed(1)} s, ${String(bytes)} bytes, ${peakMiB.toFixed(0)} MiB`,
      );
      rounds[wire].push(snapshot);
    }
  }
  const [ours, theirs] = [rounds.ingest, rounds['agent-deltas']];
  const most = (row: readonly Snapshot[], key: keyof Snapshot): number => Math.max(...row.map((one) => one[key]));
  const ratio = (key: keyof Snapshot): number =>
    median(theirs.map((one) => one[key])) / median(ours.map((one) => one[key]));
  report(`agent-deltas: a receiver that reads ${String(SLOW_BYTES_PER_SECOND)} bytes/s …`);
  const slow = await slowSnapshot(bench);
  return [
    atMost(150, { figure: `peak RSS, snapshot of ${String(pods)} pods`, value: most(theirs, 'peakMiB'), unit: 'MiB' }),
    shown({ figure: 'the same on ingest', value: most(ours, 'peakMiB'), unit: 'MiB' }),
    atMost(1.3, { figure: 'start to ready, to ingest in the same run', value: ratio('seconds'), unit: 'ratio' }),
    shown({ figure: 'start to ready', value: median(theirs.map(({ seconds }) => seconds)), unit: 's' }),
    atMost(1.25, { figure: 'bytes on the wire, to ingest', value: ratio('bytes'), unit: 'ratio' }),
    shown({ figure: 'bytes on the wire', value: median(theirs.map(({ bytes }) => bytes)), unit: 'bytes' }),
    atMost(150, { figure: 'peak RSS, a receiver that reads 64 kB/s', value: slow.peakMiB, unit: 'MiB' }),
    shown({ figure: 'start to ready, a receiver that reads 64 kB/s', value: slow.seconds, unit: 's' }),
  ];
}

interface Snapshot {
  /** From the start of the process to readiness, which every feed has to have confirmed. */
  readonly seconds: number;
  readonly bytes: number;
  readonly peakMiB: number;
}

async function snapshotOn(bench: WireBench, wire: Wire): Promise<Snapshot> {
  await using platform = await startBenchPlatform();
  const startedAtMs = performance.now();
  await using agent = await startOnWire(bench, { wire, platform });
  await agent.synced();
  return finished(agent, startedAtMs, (await takenBy(platform)).bytes);
}

async function slowSnapshot(bench: WireBench): Promise<Snapshot> {
  await using platform = await startBenchPlatform();
  const action = { type: 'slowRead', bytesPerSecond: SLOW_BYTES_PER_SECOND } as const;
  await platform.control.addFault({ on: 'delta', times: 1, action });
  const startedAtMs = performance.now();
  await using agent = await startOnWire(bench, { wire: 'agent-deltas', platform });
  const why = await Promise.race([slowness(agent), agent.synced().then(() => 'nothing: it was over too soon')]);
  bench.report(`the verdict says ${why}`);
  await agent.synced();
  return finished(agent, startedAtMs, (await takenBy(platform)).bytes);
}

async function slowness({ admin }: BundledAgent): Promise<string> {
  return eventually({
    what: 'the verdict says that a snapshot is taken slowly',
    look: async () => {
      const answer = await fetch(`${admin}/statusz?format=json`);
      return ((await answer.json()) as { verdict: { why: string } }).verdict.why;
    },
    until: (why) => why.includes('kB/s'),
    timeoutMs: 600_000,
  });
}

function finished(agent: BundledAgent, startedAtMs: number, bytes: number): Snapshot {
  return { seconds: (performance.now() - startedAtMs) / 1000, bytes, peakMiB: peakRssMiB(agent) };
}
