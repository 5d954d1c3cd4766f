import { eventually } from '@castai/shared/testing/eventually.ts';
import { startBenchPlatform } from '../agent/servers.ts';
import { atMost, type Figure } from '../figure.ts';
import { startOnWire, takenBy, type WireBench } from './wire-bench.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const NOTE = 'castai-agent/deltas';

/** An orderly end, and a start with nothing changed: the Lease tells where to go on. */
export async function wireRestartFigures(bench: WireBench): Promise<Figure[]> {
  const { cluster, report } = bench;
  report('restart with nothing changed …');
  await using platform = await startBenchPlatform();
  const options = { LEADER_ELECTION: 'true', POD_NAMESPACE: 'default', POD_NAME: 'agent-a' };
  {
    await using first = await startOnWire(bench, { wire: 'agent-deltas', platform, options });
    await first.synced();
    await eventually({
      what: 'the Lease tells where to go on',
      look: async () => (await cluster.request('GET', LEASES)).items?.[0]?.metadata?.['annotations'],
      until: (annotations) => JSON.stringify(annotations ?? {}).includes(NOTE),
    });
  }
  await platform.control.recordHistory(true);
  const before = await takenBy(platform);
  await using second = await startOnWire(bench, { wire: 'agent-deltas', platform, options });
  const after = await eventually({
    what: 'the next one has said something',
    look: () => takenBy(platform),
    until: ({ requests }) => requests > before.requests,
    timeoutMs: 120_000,
  });
  await second.synced();
  const sent = (await platform.control.history()).filter(({ record }) =>
    ['upsert', 'delete', 'fullSnapshot'].includes(record.type),
  );
  return [
    atMost(1, {
      figure: 'restart, nothing changed: requests until it is told',
      value: after.requests - before.requests,
      unit: 'requests',
    }),
    atMost(2_000, { figure: 'restart, nothing changed: bytes', value: after.bytes - before.bytes, unit: 'bytes' }),
    atMost(0, { figure: 'restart, nothing changed: objects', value: sent.length, unit: 'objects' }),
  ];
}
