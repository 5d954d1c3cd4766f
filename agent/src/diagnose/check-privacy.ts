import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { AgentConfig } from '../config.ts';
import { fine, type Finding, trouble } from '@castai/shared/command/finding.ts';

/** What an operator has decided about what leaves. */
export type PrivacyConfig = Pick<AgentConfig, 'compatFullObjects' | 'labelsMasked' | 'skipNamespaces'>;

/** Said each time: whoever looks at an installation has to see that more leaves it than the documentation lists, or less. */
export function privacyFindings({ compatFullObjects, labelsMasked, skipNamespaces }: PrivacyConfig): Finding[] {
  const closed = [
    ...(labelsMasked.length === 0 ? [] : [`values of the labels ${labelsMasked.join(', ')} leave as hashes`]),
    ...(skipNamespaces.length === 0 ? [] : [`content of the namespaces ${skipNamespaces.join(', ')} stays`]),
  ];
  const closing = closed.length === 0 ? [] : [fine('privacy', closed.join('; '))];
  if (!compatFullObjects) return closing;
  const detail =
    'COMPAT_FULL_OBJECTS is on: nearly all of every object leaves the cluster, also what nobody has looked at';
  const cure = 'leave it off unless the platform needs whole objects; see docs/what-leaves-the-cluster.md';
  return [trouble('privacy', { severity: 'warning', detail, cure }), ...closing];
}

/**
 * A warning for each namespace of `SKIP_NAMESPACES` that does not exist: a typing error would leave open what was meant to be closed. Where
 * namespaces may not be listed nothing is said; that they may not is another finding.
 */
export async function checkNamespaces(
  client: Pick<KubeClient, 'get'>,
  { skipNamespaces }: Pick<PrivacyConfig, 'skipNamespaces'>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of skipNamespaces) {
    // To get one by its name the agent has no right.
    const path = `/api/v1/namespaces?fieldSelector=metadata.name%3D${encodeURIComponent(name)}&limit=1`;
    try {
      const { items } = await client.get(path, signal);
      if (Array.isArray(items) && items.length > 0) continue;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof KubeError) return findings;
      throw error;
    }
    const detail = `SKIP_NAMESPACES names ${name}, and there is no such namespace`;
    const cure = 'correct the name, unless the namespace is still to come';
    findings.push(trouble(`namespace/${name}`, { severity: 'warning', detail, cure }));
  }
  return findings;
}
