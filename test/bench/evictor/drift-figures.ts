import { judgeDrift } from '@castai/evictor/judge/judge-drift.ts';
import { stateOf } from '@castai/evictor/testing/state-of.ts';
import { sampleCluster } from '../../samples/sample-cluster.ts';
import { atMost, type Figure, median } from '../figure.ts';

const NODES = 5_000;
const ROUNDS = 21;
const DAY_MS = 86_400_000;

/**
 * CPU time of what is judged for every node once a minute: versions, images, ages, pools. Of this thread: V8's own still collect what making the
 * sample left, and with them the first of a process was anything from 25 to 75 ms.
 */
export async function driftFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`evictor: drift of ${NODES} nodes`);
  const nodes = [...sampleCluster({ seed: 1, nodes: NODES, pods: 0 })].filter(({ kind }) => kind === 'Node');
  const state = stateOf(nodes);
  const times: number[] = [];
  let findings = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.threadCpuUsage();
    findings = judgeDrift({
      nodes: state.nodes,
      // Far ahead of the sample's kubelets: every node has a finding, so that nothing is spared.
      controlPlane: 'v1.99.0',
      nowMs: Date.parse('2030-01-01T00:00:00Z'),
      mixedSinceMs: new Map(),
      karpenterDrift: new Map(),
      windows: [],
      policy: { imageMaxAgeMs: 30 * DAY_MS, nodeMaxAgeMs: DAY_MS, poolGraceMs: DAY_MS },
    }).length;
    const { user, system } = process.threadCpuUsage(before);
    times.push((user + system) / 1000);
  }
  if (findings < NODES) throw new Error(`only ${findings} findings for ${NODES} nodes`);
  // The first of a process is what a program that looks once a minute may see, too.
  return [
    atMost(50, { figure: `drift of ${NODES} nodes, median`, value: median(times), unit: 'ms' }),
    atMost(50, { figure: `drift of ${NODES} nodes, first of a process`, value: times[0] ?? Number.NaN, unit: 'ms' }),
  ];
}
