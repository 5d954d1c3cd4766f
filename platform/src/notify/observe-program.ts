/**
 * What a look sees of a program that runs once in a cluster, the cluster controller or the evictor: whether it has a pod that is ready, whether
 * it is heard of, and what it says of itself. Pure.
 */
import { field, list, text } from '../page/loose-fields.ts';
import type { Condition, Observation } from './condition.ts';

/** What is known of a program. */
export interface ProgramSight {
  /** What it is called in a sentence. */
  readonly title: string;
  /** How the names of its Deployments end, whatever a release is called before it. */
  readonly name: string;
  /** The Deployments of the cluster; `undefined`: it is not known which there are now. */
  readonly deployments: readonly unknown[] | undefined;
  /** For how long nothing has come of it, ms, since somebody listens; `undefined`: it is not one of which anything has to come. */
  readonly silentMs: number | undefined;
  /** Whether something has come of it within `quietMs`, whoever listened then. */
  readonly isHeard: boolean;
  /** Whether this platform has ever been asked or told anything by it, as far as that is known. */
  readonly isKnown: boolean;
  /** From when on silence is trouble, ms. */
  readonly quietMs: number;
  /** What it last said of itself; `undefined`: nothing, or long ago. */
  readonly verdict: ProgramVerdict | undefined;
}

/** What a program says of itself: the state and the cause of its verdict, which are words of a closed set, and no text of a server. */
export interface ProgramVerdict {
  readonly state: 'ok' | 'degraded' | 'blocked';
  readonly cause: string;
}

/** Whether it cannot work. The gravest that is known is told; a program that is not installed, or scaled to nothing, is no trouble. */
export function observeProgram(sight: ProgramSight): Observation {
  const { title, name, deployments, silentMs, isHeard, quietMs, verdict } = sight;
  if (deployments === undefined) return { type: 'unknown' };
  // What the vendor ships under the same names talks to the vendor's platform, unless it was heard here.
  const wanted = deployments.flatMap((object) =>
    sight.isKnown || !isVendors(object) ? (podsOf(object, name) ?? []) : [],
  );
  if (wanted.length === 0) return { type: 'clear' };
  const absent = wanted.filter(({ available }) => available === 0);
  if (absent.length > 0) return holds('critical', `The ${title} has no pod that is ready`, podsIn(absent));
  if (verdict?.state === 'blocked') return holds('critical', `The ${title} cannot work: ${verdict.cause}`, '');
  if (silentMs !== undefined && silentMs >= quietMs) {
    const reason = `nothing has come of it for ${Math.floor(silentMs / 60_000)} minutes, and its pod is ready`;
    return holds('critical', `The ${title} does not reach the platform`, reason);
  }
  if (verdict?.state === 'degraded') return holds('warning', `The ${title} works with limits: ${verdict.cause}`, '');
  const short = wanted.filter(({ available, replicas }) => available < replicas);
  if (short.length > 0) return holds('warning', `The ${title} has fewer pods than it should`, podsIn(short));
  // Whoever begins to listen has heard nothing yet: what an earlier process has told of may go on.
  return silentMs === undefined || isHeard ? { type: 'clear' } : { type: 'unknown' };
}

function holds(severity: Condition['severity'], summary: string, reason: string): Observation {
  const cure = 'Describe a pod of the Deployment, and read its log; `status` and `doctor` in it say what to do.';
  return { type: 'holds', condition: { severity, summary, reason, cure } };
}

interface Pods {
  readonly name: string;
  readonly replicas: number;
  readonly available: number;
}

function podsOf(object: unknown, ending: string): Pods | undefined {
  const metadata = field(object, 'metadata');
  const name = text(field(metadata, 'name'));
  if (!isNamed(name, ending)) return undefined;
  // Others have a cluster controller, too, as Kubecost: its chart says whose it is, unless somebody masks that.
  const whose = text(field(field(metadata, 'labels'), 'app.kubernetes.io/name'));
  if (whose !== '' && !whose.startsWith('masked-') && !isNamed(whose, ending)) return undefined;
  const replicas = count(field(field(object, 'spec'), 'replicas'), 1);
  // A field that is zero is left out by the API server.
  const available = count(field(field(object, 'status'), 'availableReplicas'), 0);
  return replicas === 0 ? undefined : { name: `${text(field(metadata, 'namespace'))}/${name}`, replicas, available };
}

/** Where the vendor publishes its images. */
const VENDOR_IMAGE = /(?:^|\/)castai-hub\//;

function isVendors(object: unknown): boolean {
  const pod = field(field(field(object, 'spec'), 'template'), 'spec');
  return list(field(pod, 'containers')).some((container) => VENDOR_IMAGE.test(text(field(container, 'image'))));
}

function isNamed(name: string, ending: string): boolean {
  return name === ending || name.endsWith(`-${ending}`);
}

function podsIn(found: readonly Pods[]): string {
  return found
    .map(({ name, replicas, available }) => `${name} has ${available} of ${replicas} pods`)
    .sort()
    .join('; ');
}

function count(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
