import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiObject } from '../../cluster/api-client.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { startBenchFake } from '../agent/servers.ts';
import { atMost, type Figure, percentile, shown } from '../figure.ts';
import { startMeasuredController } from './measured-controller.ts';

const NODES = 100;
const PODS = NODES * 30;
const AT_ONCE = 5;
const LONG_MS = 120_000;

interface LoggedPatch {
  readonly at: number;
  readonly path: string;
}

/**
 * From the poll's answer that brings an action to the first change of what it is about, by the one clock of this machine: the claim, the target
 * and the switch are read or written in between. As many actions as come at once when somebody scales down, each for a node of its own.
 */
export async function writeFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`controller: ${NODES} patches of nodes, ${AT_ONCE} at once`);
  await using fake = await startBenchFake({ pods: PODS });
  const ca = await readFile(join(fake.serviceAccountDir, 'ca.crt'), 'utf8');
  await using controller = await startMeasuredController({ url: fake.url, ca, token: fake.token });
  const { hub, program } = controller;
  const givenAtMs = new Map<string, number>();
  hub.onGiven = (ids) => {
    for (const id of ids) if (!givenAtMs.has(id)) givenAtMs.set(id, Date.now());
  };
  const { items: nodes = [] } = await fake.client.request('GET', `/api/v1/nodes?limit=${NODES}`);
  for (let from = 0; from < nodes.length; from += AT_ONCE) {
    for (const node of nodes.slice(from, from + AT_ONCE)) hub.ask(node.metadata?.name ?? '', patchOf(node));
    await eventually({
      what: `${from + AT_ONCE} nodes are patched`,
      look: () => hub.openIds,
      until: (open) => open.length === 0,
      timeoutMs: LONG_MS,
    });
  }
  const patches = (await fake.client.request('GET', '/_fake/requests?verb=patch&resource=nodes')) as unknown;
  const took = (patches as readonly LoggedPatch[]).map(({ at, path }) => {
    const name = decodeURIComponent(path.split('/').at(-1) ?? '');
    return (at - (givenAtMs.get(name) ?? Number.NaN)) / 1000;
  });
  const failed = hub.acks.filter(({ error }) => error !== null).length;
  const cpuMs = program.usage()?.cpuMs ?? Number.NaN;
  return [
    atMost(0.3, { figure: 'an action is given → its first write, p99', value: percentile(took, 0.99), unit: 's' }),
    shown({ figure: 'the same, p50', value: percentile(took, 0.5), unit: 's' }),
    shown({ figure: 'writes seen', value: took.length, unit: 'writes' }),
    atMost(0, { figure: 'actions that failed', value: failed, unit: 'actions' }),
    shown({ figure: 'CPU for all, with the start', value: cpuMs / 1000, unit: 's' }),
  ];
}

function patchOf({ metadata, spec }: ApiObject): object {
  const ids = { nodeName: metadata?.name, nodeId: '', providerId: spec?.['providerID'] };
  return { actionPatchNode: { ...ids, labels: { measured: 'yes' } } };
}
