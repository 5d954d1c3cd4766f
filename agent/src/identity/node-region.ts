import { regionLabel } from './agree.ts';
import type { NodeEvidence } from './evidence.ts';
import { parseProviderId } from './provider-id.ts';

/** The region of a node: its label, or what its zone says; undefined when it has neither. Pure. */
export function regionOf(node: NodeEvidence): string | undefined {
  return regionLabel(node.labels) ?? regionOfZone(node);
}

function regionOfZone({ providerId }: NodeEvidence): string | undefined {
  const id = parseProviderId(providerId);
  // `us-east-1` of `us-east-1a` and of the local zone `us-west-2-lax-1a`.
  if (id?.cloud === 'aws') return /^[a-z]{2}(?:-[a-z]+)+-\d+/.exec(id.zone)?.[0];
  // `europe-west3` of `europe-west3-a`.
  return id?.cloud === 'gcp' ? id.zone.replace(/-[a-z]$/, '') : undefined;
}
