import { isKubeObject } from '@castai/shared/kube/kube-object.ts';
import type { KubeClient, ResourceAttributes } from '@castai/shared/kube/kube-client.ts';
import { classifyNode } from '../pool/classify-node.ts';
import { leaseName } from '../pool/pool-name.ts';
import { STORE_NAME } from '../pool/pool-store.ts';

/** Whose rights are looked at. */
export interface Remembering {
  readonly namespace: string;
  /** As the API server gives it: its pool names the Lease. */
  readonly node: unknown;
}

/**
 * Which rights are missing to remember in the own namespace what was sent: of the pool's Lease, which is applied by its name, and of the
 * record. As `patch leases`; none: all are there. Throws what the API server answers.
 */
export async function lackingRights(
  client: Pick<KubeClient, 'canI'>,
  { namespace, node }: Remembering,
  signal: AbortSignal,
): Promise<string[]> {
  const wanted = [...ofLease(node), ...OF_RECORD].map((right) => ({ ...right, namespace }));
  const answers = await Promise.all(
    wanted.map(async (right) => ({ ...right, allowed: await client.canI(right, signal) })),
  );
  return answers.filter(({ allowed }) => !allowed).map(({ verb, resource }) => `${verb} ${resource}`);
}

const CONFIG_MAPS = { group: '', resource: 'configmaps' } as const;
const OF_RECORD: readonly ResourceAttributes[] = [
  // One that does not exist yet has no name that RBAC could limit the right to create it to.
  { ...CONFIG_MAPS, verb: 'create' },
  { ...CONFIG_MAPS, verb: 'get', name: STORE_NAME },
  { ...CONFIG_MAPS, verb: 'patch', name: STORE_NAME },
];

/** A node of which nothing is sent has no pool. */
function ofLease(node: unknown): ResourceAttributes[] {
  const leases = { group: 'coordination.k8s.io', resource: 'leases' } as const;
  const verdict = isKubeObject(node) ? classifyNode(node) : undefined;
  if (verdict?.kind !== 'eligible') return [{ ...leases, verb: 'create' }];
  return ['create', 'get', 'patch'].map((verb) => ({ ...leases, verb, name: leaseName(verdict.node) }));
}
