/** What a look at the evictor's newest report sees of nodes that are to be renewed. Pure. */
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { field, text } from '../page/loose-fields.ts';
import type { ReportRow } from '../store/report-row.ts';
import type { Observation } from './condition.ts';

/** An evictor that lives tells once in ten minutes, and pauses for ten more after a refusal: what is older says how it was. */
export const DRIFT_KNOWN_MS = 30 * 60_000;
/** An evictor of which nothing has come for so long is taken for removed: nobody would say so, and its findings would stand for ever. */
export const DRIFT_FORGOTTEN_MS = 7 * 24 * 60 * 60_000;

/** What Kubernetes does not support; the evictor's other reasons can wait for a window. */
const UNSUPPORTED: ReadonlySet<string> = new Set(['kubelet_newer', 'kubelet_beyond_skew']);
/** A version that the evictor cannot read: nothing follows from it. */
const NO_FINDING = 'unknown';

/** Whether nodes are to be renewed. `report`: the newest of the evictor; `undefined`: none has come, ever. */
export function observeDrift(report: Pick<ReportRow, 'atMs' | 'body'> | undefined, nowMs: number): Observation {
  const ageMs = report === undefined ? Infinity : nowMs - report.atMs;
  if (report === undefined || ageMs >= DRIFT_FORGOTTEN_MS) return { type: 'clear' };
  if (ageMs >= DRIFT_KNOWN_MS) return { type: 'unknown' };
  const nodes = nodesByReason(field(report.body, 'renew'));
  const [worst] = nodes;
  if (worst === undefined) return { type: 'clear' };
  return {
    type: 'holds',
    condition: {
      severity: worst.isUnsupported ? 'critical' : 'warning',
      summary: worst.isUnsupported
        ? 'Nodes are of a version that Kubernetes does not support beside this control plane'
        : 'Nodes have drifted and are to be renewed',
      reason: nodes.map(({ reason, count }) => `${reason} on ${count} ${count === 1 ? 'node' : 'nodes'}`).join('; '),
      cure: text(field(field(field(report.body, 'words'), worst.reason), 'cure')),
    },
  };
}

interface Found {
  readonly reason: string;
  readonly count: number;
  readonly isUnsupported: boolean;
}

/** The gravest first, then what most nodes have. A node counts once for each reason. */
function nodesByReason(renew: unknown): Found[] {
  const nodes = new Map<string, Set<string>>();
  for (const found of Array.isArray(renew) ? renew : []) {
    if (!isRecord(found)) continue;
    const reason = text(found['reason']);
    if (reason === '' || reason === NO_FINDING) continue;
    nodes.set(reason, (nodes.get(reason) ?? new Set<string>()).add(text(found['node'])));
  }
  return [...nodes]
    .map(([reason, { size }]) => ({ reason, count: size, isUnsupported: UNSUPPORTED.has(reason) }))
    .sort(
      (a, b) =>
        Number(b.isUnsupported) - Number(a.isUnsupported) || b.count - a.count || (a.reason < b.reason ? -1 : 1),
    );
}
