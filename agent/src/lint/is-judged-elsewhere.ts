import { kindKey } from './judged-kinds.ts';
import { flagAt, numberAt, type Part, partAt, partsAt, textAt } from './read-part.ts';

/** Says of a kind, as `kindKey` names it, whether it is read and judged. */
export type IsRead = (kind: string) => boolean;

const REPLICA_SET = 'apps/ReplicaSet';
/** The label that a Deployment gives to what it makes. */
const OF_DEPLOYMENT = 'pod-template-hash';

/**
 * Whether what there is to say of an object of a kind is said of its owner: a Deployment of three replicas that lacks a probe is one
 * finding, not five. Where the owner is not read, or of a kind that is not judged, what it makes speaks for it.
 */
export function isJudgedElsewhere(object: Record<string, unknown>, kind: string, isRead: IsRead): boolean {
  const metadata = partAt(object, 'metadata');
  const owner = partsAt(metadata, 'ownerReferences').find((reference) => flagAt(reference, 'controller') === true);
  if (owner === undefined) return false;
  const ownerKind = kindOf(owner);
  if (isRead(ownerKind)) return true;
  if (ownerKind === REPLICA_SET && isRead('apps/Deployment')) {
    return partAt(metadata, 'labels')?.[OF_DEPLOYMENT] !== undefined;
  }
  // A revision that its owner (a Rollout, say) keeps to go back to: it makes no pods, and there may be ten of them.
  return kind === REPLICA_SET && numberAt(partAt(object, 'spec'), 'replicas') === 0;
}

function kindOf(owner: Part): string {
  const apiVersion = textAt(owner, 'apiVersion');
  const slash = apiVersion.indexOf('/');
  return kindKey(slash === -1 ? '' : apiVersion.slice(0, slash), textAt(owner, 'kind'));
}
