/** What a look at a cluster's objects sees of the programs that should run on its nodes. Pure. */
import { field, text } from '../page/loose-fields.ts';
import type { Observation } from './condition.ts';

/** Those of ours, whatever a release is called before it; as the alerts know them. */
const OURS = /(?:^|-)(?:spot-handler|aks-init-data)$/;
/** Where nodes come and go some new one is always without a ready pod; as in the alert. */
const MISSING_SHARE = 0.01;

/**
 * Whether one of our DaemonSets is without a ready pod on more nodes than come and go. `objects` are the DaemonSets of a cluster;
 * `undefined`: it is not known which there are now.
 */
export function observeDaemonSets(objects: readonly unknown[] | undefined): Observation {
  if (objects === undefined) return { type: 'unknown' };
  const short = objects.flatMap((object) => shortageOf(object) ?? []);
  if (short.length === 0) return { type: 'clear' };
  return {
    type: 'holds',
    condition: {
      severity: short.some(({ ready }) => ready === 0) ? 'critical' : 'warning',
      summary: 'Nodes are without a program that should run on each of them',
      reason: short
        .map(({ name, ready, wanted }) => `${name} is ready on ${ready} of ${wanted} nodes`)
        .sort()
        .join('; '),
      cure: 'Describe a pod of the DaemonSet that is not ready, and read its log; `status` and `doctor` in it say why.',
    },
  };
}

interface Shortage {
  readonly name: string;
  readonly ready: number;
  readonly wanted: number;
}

function shortageOf(object: unknown): Shortage | undefined {
  const metadata = field(object, 'metadata');
  const name = text(field(metadata, 'name'));
  if (!OURS.test(name)) return undefined;
  const status = field(object, 'status');
  const wanted = count(field(status, 'desiredNumberScheduled'));
  // A field that is zero is left out by the API server.
  const ready = count(field(status, 'numberReady'));
  if (wanted - ready <= MISSING_SHARE * wanted) return undefined;
  return { name: `${text(field(metadata, 'namespace'))}/${name}`, ready, wanted };
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
